"""TLS: the hello that names the host, sessions over any transport, and self-made certificates."""
