"""The network plugins that a cluster can run, and what distinguishes them."""
