"""Requests per second and latency through the embedded router, for 1 and 50 connections.

The client is a process of its own: `wrk` where it is installed, else asyncio. Beside it, where they are
installed, stand HAProxy with OpenShift's configuration and nginx as a plain proxy, before the same pods
on loopback addresses.
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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.dataplane.haproxy_lab import a_free_range, beside
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service

SECONDS = 4.0
CONNECTIONS = (1, 50)
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\nUser-Agent: bench\r\n\r\n"
)


async def ask(host: str, port: int, until: float, took: list[float]) -> None:
    """One connection: a request after another."""
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
        took.append(time.perf_counter() - began)
    writer.close()


async def client(host: str, port: int, connections: int) -> None:
    """The client process: prints requests/s and p50, p99 in milliseconds."""
    took: list[float] = []
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(ask(host, port, until, took) for _ in range(connections)))
    took.sort()
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    print(f"{len(took) / SECONDS:.0f} {p50 * 1000:.2f} {p99 * 1000:.2f}")


async def measure(name: str, port: int, connections: int, host: str = "127.0.0.1") -> float:
    """Run the client against a port and say what it found."""
    if shutil.which("wrk"):
        return await measure_with_wrk(name, port, connections, host)
    arguments = [
        "-m",
        "tests.benchmarks.bench_dataplane",
        "client",
        host,
        str(port),
        str(connections),
    ]
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


async def measure_with_wrk(name: str, port: int, connections: int, host: str) -> float:
    """The same with wrk."""
    arguments = ["-t1", f"-c{connections}", f"-d{SECONDS:.0f}s", "--latency", "-H", "Host: web.test",
                 "-H", "Accept: application/json", f"http://{host}:{port}/"]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "wrk", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output = (await process.communicate())[0].decode()
    words = output.split()
    rate = float(words[words.index("Requests/sec:") + 1])
    p50, p99 = words[words.index("50%") + 1], words[words.index("99%") + 1]
    print(f"{name:9} {connections:3} connections: {rate:6.0f} requests/s, p50 {p50}, p99 {p99}")
    return rate


@asynccontextmanager
async def haproxy(lab: Lab, directory: Path) -> AsyncIterator[int]:
    """HAProxy as `make up ROUTER=haproxy` runs it, with OpenShift's configuration; its port."""
    async with beside(lab, directory / "haproxy") as (_, address):
        assert address.http_port is not None
        yield address.http_port


@asynccontextmanager
async def nginx(lab: Lab, directory: Path) -> AsyncIterator[int]:
    """nginx as a plain proxy on one process; its port."""
    assert lab.plane.listeners is not None
    port = free_port()
    pods = [f"{lab.plane.listeners.address(pod.status.pod_ip)}:8080" for pod in lab.pods()]
    servers = " ".join(f"server {each};" for each in pods)
    file = directory / "nginx.conf"
    file.write_text(f"""daemon off; worker_processes 1; pid {directory}/nginx.pid;
error_log stderr error;
events {{ }}
http {{ access_log off; upstream pods {{ {servers} keepalive 64; }}
server {{ listen 127.0.0.1:{port}; keepalive_requests 100000000; location / {{ proxy_pass http://pods;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }} }} }}
""")
    command = ["nginx", "-c", str(file), "-p", str(directory)]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        await listening(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def listening(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def free_port() -> int:
    """A port that nobody has at the moment."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def main() -> None:
    """All of it in one run."""
    with tempfile.TemporaryDirectory() as name, a_free_range() as shift:
        directory = Path(name)
        objects = (a_deployment("web", 4), a_service("web"), a_route("web"))
        setup = {"pods_on_loopback": True, "loopback_shift": shift}
        async with a_lab(directory, *objects, **setup) as lab:
            await compare(lab, directory)


async def compare(lab: Lab, directory: Path) -> None:
    """The embedded router, then the others, and the pods without any router."""
    print("The pods share one core and one process with the embedded router, so HAProxy and nginx,")
    print("which have another core, are as fast as pods on sockets answer: see the last lines.")
    rates = {each: await measure("embedded", lab.http_port, each) for each in CONNECTIONS}
    for other, started in (("haproxy", haproxy), ("nginx", nginx)):
        if not shutil.which(other, path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
            print(f"{other:9} is not installed: left out")
            continue
        async with started(lab, directory) as port:
            for each in CONNECTIONS:
                rate = await measure(other, port, each)
                print(f"          embedded / {other}: {rates[each] / rate:.2f}")
    assert lab.plane.listeners is not None
    pod = lab.plane.listeners.address(lab.pods()[0].status.pod_ip)
    for each in CONNECTIONS:
        await measure("a pod", 8080, each, pod)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        asyncio.run(client(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        asyncio.run(main())
