"""The cluster's DNS on real sockets: what `dig @127.0.0.1 -p 8053` asks."""
