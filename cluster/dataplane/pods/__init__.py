"""The pods as web servers: who listens where, what is answered, in process and on loopback addresses."""
