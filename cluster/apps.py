"""The Django application that holds the cluster's durable schema and its commands."""

from django.apps import AppConfig


class ClusterConfig(AppConfig):
    """The cluster; its engine is started by `manage.py up`, never by loading this."""

    name = "cluster"
    default_auto_field = "django.db.models.BigAutoField"
