"""Projects: where a user lands, and requesting a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cluster.objects import kinds
from cluster.objects.errors import AlreadyExists, ApiError, Invalid
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import DESCRIPTION, DISPLAY_NAME, Project, is_system
from cluster.runtime.commands import Create
from console.context import LAST_PROJECT
from console.forms.project import ProjectForm
from console.session import actor, client
from console.urls_for import list_url


def home(request: HttpRequest) -> HttpResponse:
    """The project looked at last, else the user's first one, else the list of projects."""
    names = [project.metadata.name for project in client().projects(actor(request))]
    last = request.session.get(LAST_PROJECT)
    own = [name for name in names if not is_system(name)]
    chosen = last if last in names else next(iter(own), None)
    return redirect("overview", ns=chosen) if chosen else redirect(list_url(kinds.PROJECT))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Request a project; its requester becomes its admin."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        annotations = {
            DISPLAY_NAME: form.cleaned_data["display_name"],
            DESCRIPTION: form.cleaned_data["description"],
        }
        name = form.cleaned_data["name"]
        kept = {key: text for key, text in annotations.items() if text}
        project = Project(metadata=ObjectMeta(name=name, annotations=kept))
        try:
            client().execute([Create(project)], actor(request))
        except Invalid as error:
            for each in error.errors:
                form.add_error("name" if each.path == "metadata.name" else None, each.message)
        except AlreadyExists:
            form.add_error("name", f'project.project.openshift.io "{name}" already exists')
        except ApiError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Project {name} was created.")
            return redirect("overview", ns=name)
    status = 422 if form.errors else 200
    return render(request, "pages/project_new.html", {"form": form}, status=status)
