"""Requests per second and latency through the embedded router, for 1 and 50 connections.

The client is a process of its own: `wrk` where it is installed, else asyncio. Beside it, where they are
installed, stand HAProxy and nginx as plain proxies before the same pods on loopback addresses.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

import django

django.setup()

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from cluster.dataplane.pods.listeners import loopback
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service

SECONDS = 4.0
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\nUser-Agent: bench\r\n\r\n"
)


async def ask(port: int, until: float, took: list[float]) -> None:
    """One connection: a request after another."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
        took.append(time.perf_counter() - began)
    writer.close()


async def client(port: int, connections: int) -> None:
    """The client process: prints requests/s and p50, p99 in milliseconds."""
    took: list[float] = []
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(ask(port, until, took) for _ in range(connections)))
    took.sort()
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    print(f"{len(took) / SECONDS:.0f} {p50 * 1000:.2f} {p99 * 1000:.2f}")


async def measure(name: str, port: int, connections: int) -> float:
    """Run the client against a port and say what it found."""
    if shutil.which("wrk"):
        return await measure_with_wrk(name, port, connections)
    arguments = ["-m", "tests.benchmarks.bench_dataplane", "client", str(port), str(connections)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    used = time.process_time()
    output, _ = await process.communicate()
    used = time.process_time() - used
    rate, p50, p99 = (float(word) for word in output.split())
    cost = f", {used / (rate * SECONDS) * 1e6:.0f} µs of this process each" if rate else ""
    print(
        f"{name:9} {connections:3} connections: {rate:6.0f} requests/s, p50 {p50} ms, p99 {p99} ms{cost}"
    )
    return rate


async def measure_with_wrk(name: str, port: int, connections: int) -> float:
    """The same with wrk."""
    arguments = ["-t1", f"-c{connections}", f"-d{SECONDS:.0f}s", "--latency", "-H", "Host: web.test",
                 "-H", "Accept: application/json", f"http://127.0.0.1:{port}/"]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "wrk", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output = (await process.communicate())[0].decode()
    words = output.split()
    rate = float(words[words.index("Requests/sec:") + 1])
    p50, p99 = words[words.index("50%") + 1], words[words.index("99%") + 1]
    print(f"{name:9} {connections:3} connections: {rate:6.0f} requests/s, p50 {p50}, p99 {p99}")
    return rate


async def beside(lab: Lab, name: str, directory: Path, port: int) -> asyncio.subprocess.Process:
    """HAProxy or nginx before the same pods, on one thread."""
    pods = [f"{loopback(pod.status.pod_ip)}:8080" for pod in lab.pods()]
    file = directory / f"{name}.conf"
    if name == "haproxy":
        servers = "\n".join(f"  server s{i} {each}" for i, each in enumerate(pods))
        text = f"""global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend public
  bind 127.0.0.1:{port}
  default_backend pods
backend pods
  balance roundrobin
{servers}
"""
        command = ["haproxy", "-db", "-f", str(file)]
    else:
        servers = " ".join(f"server {each};" for each in pods)
        text = f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr error;
events {{ }}
http {{ access_log off; upstream pods {{ {servers} keepalive 64; }}
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://pods;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }} }} }}
"""
        command = ["nginx", "-c", str(file), "-p", str(directory)]
    file.write_text(text)
    process = await asyncio.create_subprocess_exec(*command)
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return process


def free_port() -> int:
    """A port that nobody has at the moment."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def main() -> None:
    """All of it in one run."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        objects = (a_deployment("web", 4), a_service("web"), a_route("web"))
        async with a_lab(directory, *objects, pods_on_loopback=True) as lab:
            rates: dict[tuple[str, int], float] = {}
            pod = lab.pods()[0].status.pod_ip
            print(f"One core for router and pods; the pods alone answer from {pod} below.")
            for connections in (1, 50):
                rates["embedded", connections] = await measure(
                    "embedded", lab.http_port, connections
                )
            for other in ("haproxy", "nginx"):
                if not shutil.which(other):
                    print(f"{other:9} is not installed: left out")
                    continue
                port = free_port()
                process = await beside(lab, other, directory, port)
                for connections in (1, 50):
                    rates[other, connections] = await measure(other, port, connections)
                    ratio = rates["embedded", connections] / rates[other, connections]
                    print(f"          embedded / {other}: {ratio:.2f}")
                process.terminate()
                await process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        asyncio.run(client(int(sys.argv[2]), int(sys.argv[3])))
    else:
        asyncio.run(main())
