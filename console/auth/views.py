"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.forms import Form
from django.http import HttpRequest, HttpResponse

MOST_FAILURES = 10
WINDOW = 60
"""Failed attempts of one address allowed in this many seconds."""


class SignIn(LoginView):
    """The login page. An address that fails too often has to wait a minute."""

    template_name = "auth/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse an address that guesses."""
        if request.method == "POST" and cache.get(self._key(), 0) >= MOST_FAILURES:
            form = self.get_form()
            form.is_valid()
            form.add_error(None, "Too many failed attempts. Try again in a minute.")
            answer = self.render_to_response(self.get_context_data(form=form))
            answer.status_code = 429
            return answer
        return super().dispatch(request, *args, **kwargs)

    def form_invalid(self, form: Form) -> HttpResponse:
        """Count the failure; the answer does not say whether the user exists."""
        cache.add(self._key(), 0, WINDOW)
        cache.incr(self._key())
        answer = super().form_invalid(form)
        answer.status_code = 422
        return answer

    def _key(self) -> str:
        return f"sign-in-failures:{self.request.META.get('REMOTE_ADDR', '')}"


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view()
