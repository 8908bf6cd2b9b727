"""The way of a packet through the cluster, step by step, computed from what the devices hold."""
