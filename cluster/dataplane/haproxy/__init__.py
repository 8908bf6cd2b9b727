"""The real HAProxy as the router: its files, its process, its statistics (OpenShift: the router's image)."""
