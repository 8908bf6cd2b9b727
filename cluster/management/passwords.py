"""Generated passwords, in the form that the OpenShift installer prints for kubeadmin."""

import secrets

# openshift/installer `pkg/asset/password`: letters and digits that nobody mistakes for another.
ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ23456789"


def generated() -> str:
    """Four groups of five: `dwP4z-XJqeU-8vGqk-mkf2R`."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
