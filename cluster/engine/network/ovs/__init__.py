"""Open vSwitch on a node as OpenShift SDN programs it: the bridge br0, its flow tables, their interpreter."""
