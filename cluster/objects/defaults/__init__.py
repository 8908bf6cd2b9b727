"""What the API server fills in before it validates and stores an object, kind by kind.

Every function takes an object and returns one with its defaults; doing it twice changes nothing.
"""

from cluster.objects.defaults.deploymentconfig import default_deploymentconfig
from cluster.objects.defaults.namespace import default_namespace, default_project
from cluster.objects.defaults.networkpolicy import default_networkpolicy
from cluster.objects.defaults.pod import default_pod
from cluster.objects.defaults.replicationcontroller import default_replicationcontroller
from cluster.objects.defaults.rolebinding import default_rolebinding
from cluster.objects.defaults.route import default_route
from cluster.objects.defaults.secret import default_secret
from cluster.objects.defaults.service import default_service
from cluster.objects.defaults.visitors import default_visitors

__all__ = [
    "default_deploymentconfig",
    "default_namespace",
    "default_networkpolicy",
    "default_pod",
    "default_project",
    "default_replicationcontroller",
    "default_rolebinding",
    "default_route",
    "default_secret",
    "default_service",
    "default_visitors",
]
