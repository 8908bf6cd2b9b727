"""Nodes as the masters and their kubelets see them: registration, conditions, power, eviction, drain."""
