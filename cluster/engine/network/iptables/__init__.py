"""iptables of a node: the chains of kube-proxy and of OpenShift SDN, as text, as data, and at work."""
