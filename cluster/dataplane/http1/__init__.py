"""HTTP/1.1 on the wire: strict reading and writing of heads and bodies (RFC 9112), without sockets.

Written here and not taken from a library by measurement: h11 0.16 needs about 80 µs for one request and
its answer on one side, and a routed request passes three sides; these parsers need about 10 µs.
"""
