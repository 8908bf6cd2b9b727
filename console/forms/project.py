"""The form that requests a project."""

from __future__ import annotations

from django import forms


class ProjectForm(forms.Form):
    """Name, display name, description. The name's rules are the API's; the engine checks them."""

    name = forms.CharField(max_length=63, help_text="A unique name for the project.")
    display_name = forms.CharField(max_length=253, required=False, label="Display name")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
