"""The data plane: what answers on real sockets. The embedded router, the pods' web servers behind it,
and the certificates that both need. It reads the cluster through the runtime's client alone."""
