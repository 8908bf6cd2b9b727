"""The embedded router: what OpenShift's HAProxy does for routes, in this process."""
