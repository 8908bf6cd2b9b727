"""A cluster with a data plane on free loopback ports, and the pieces that its tests are made of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cluster.dataplane.service import DataPlane, DataPlaneSetup
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Command, Create, Delete, Replace, Scale
from cluster.engine.config import COURSE, Profile
from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig, DeploymentConfigSpec
from cluster.objects.kind import Object
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.pod import Container, ContainerPort, EnvVar, Pod, PodSpec, PodTemplateSpec
from cluster.objects.route import (
    Route,
    RoutePort,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
)
from cluster.objects.service import Service, ServicePort, ServiceSpec
from cluster.runtime.client import Client, RouterAddress
from cluster.scenarios import first_boot
from tests.running_cluster import KUBEADMIN, running

IMAGE = "mmumshad/simple-webapp-color"
NO_DELAY = {"APP_LATENCY_MS": "0"}


def a_deployment(
    name: str, replicas: int = 1, env: Mapping[str, str] = NO_DELAY, image: str = IMAGE
) -> DeploymentConfig:
    """The course's application."""
    container = Container(
        name="web",
        image=image,
        ports=(ContainerPort(container_port=8080),),
        env=tuple(EnvVar(name=key, value=value) for key, value in env.items()),
    )
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels={"app": name}), spec=PodSpec(containers=(container,))
    )
    spec = DeploymentConfigSpec(replicas=replicas, selector={"app": name}, template=template)
    return DeploymentConfig(metadata=ObjectMeta(name=name, namespace="demo"), spec=spec)


def a_service(name: str, target: int = 8080) -> Service:
    """A service over the pods of the same name."""
    spec = ServiceSpec(
        selector={"app": name}, ports=(ServicePort(name="http", port=8080, target_port=target),)
    )
    return Service(metadata=ObjectMeta(name=name, namespace="demo"), spec=spec)


def a_route(
    name: str = "web",
    *services: tuple[str, int],
    termination: str = "",
    policy: str = "",
    host: str = "",
    path: str = "",
    annotations: Mapping[str, str] | None = None,
    port: int | str | None = None,
    **fields: Any,
) -> Route:
    """A route; `fields` of the TLS block, and `http_headers`."""
    targets = [
        RouteTargetReference(kind="Service", name=each, weight=weight)
        for each, weight in services or (("web", 100),)
    ]
    headers = fields.pop("http_headers", {})
    tls = TLSConfig(termination=termination, insecure_edge_termination_policy=policy, **fields)
    spec = RouteSpec(
        host=host or f"{name}.test",
        path=path,
        to=targets[0],
        alternate_backends=tuple(targets[1:]),
        port=RoutePort(target_port=port) if port is not None else None,
        tls=tls if termination else None,
        http_headers=headers,
    )
    metadata = ObjectMeta(name=name, namespace="demo", annotations=dict(annotations or {}))
    return Route(metadata=metadata, spec=spec)


class Lab:
    """A running cluster with its data plane. The clock stands still but for `settle`."""

    def __init__(self, client: Client, plane: DataPlane, address: RouterAddress) -> None:
        self.client = client
        self.plane = plane
        self.http_port = address.http_port or 0
        self.https_port = address.https_port or 0

    async def do(self, *commands: Command) -> None:
        """Carry out commands, and wait until the data plane has heard of them."""
        await asyncio.to_thread(self.client.execute, list(commands), KUBEADMIN)
        await self.caught_up()

    async def create(self, *objects: Object) -> None:
        """Create objects."""
        await self.do(*(Create(each) for each in objects))

    async def replace(self, new: Object) -> None:
        """Replace an object."""
        await self.do(Replace(new))

    async def scale(self, name: str, replicas: int) -> None:
        """Scale a deployment."""
        await self.do(Scale(kinds.DEPLOYMENTCONFIG, Key("demo", name), replicas))

    async def delete(self, kind: Any, name: str) -> None:
        """Delete an object of the project."""
        await self.do(Delete(kind, Key("demo", name)))

    async def settle(self, seconds: float = 60.0) -> None:
        """Let the cluster's time go by."""
        await asyncio.to_thread(self.client.advance, KUBEADMIN, seconds)
        await self.caught_up()

    async def caught_up(self) -> None:
        """Wait until the commits that are made by now have reached the router."""
        await asyncio.to_thread(self.client.flush)
        for _ in range(3):
            await asyncio.sleep(0)

    def pods(self, app: str = "web") -> list[Pod]:
        """The pods of an application."""
        return self.client.pods_matching("demo", {"app": app})

    # --- asking --------------------------------------------------------------------------------------

    async def raw(self, data: bytes, *, port: int | None = None, half: bool = False) -> bytes:
        """Send bytes to the HTTP port; everything that comes back until the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.http_port)
        try:
            writer.write(data)
            if half:
                writer.write_eof()
            return await asyncio.wait_for(reader.read(), 15)
        finally:
            writer.close()

    async def get(
        self,
        host: str = "web.test",
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """One request over a connection of its own."""
        wanted = {"Host": host, "Accept": "application/json", "Connection": "close"}
        wanted |= dict(headers or {})
        lines = "".join(f"{name}: {value}\r\n" for name, value in wanted.items())
        return Answer(await self.raw(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()))

    async def curl(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a real curl."""
        return await run("curl", "-sS", "--max-time", "10", *arguments)


async def run(*arguments: str, given: bytes = b"") -> tuple[int, str]:
    """Exit code and output, errors included, of a program."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(given)
    return process.returncode or 0, output.decode("utf-8", "replace")


class Answer:
    """An answer as it came."""

    def __init__(self, data: bytes) -> None:
        self.raw = data
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.first = lines[0]
        self.status = int(lines[0].split(" ")[1]) if data else 0
        self.headers = [
            (name.lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines[1:])
        ]

    def header(self, name: str) -> str:
        """The only header of this name, "" for none."""
        found = [value for held, value in self.headers if held == name]
        assert len(found) <= 1, found
        return found[0] if found else ""

    @property
    def json(self) -> dict[str, Any]:
        """The pod's facts."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@asynccontextmanager
async def a_lab(
    directory: Path, *objects: Object, profile: Profile = COURSE, **setup: Any
) -> AsyncIterator[Lab]:
    """A cluster with a project `demo` and these objects in it, its pods ready."""
    engine = build_engine_with(objects, profile)
    loop, errors = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda loop, context: errors.append(context))
    with running(engine) as client:
        plane = DataPlane(
            client,
            DataPlaneSetup(directory=directory, **{"http_port": 0, "https_port": 0, **setup}),
        )
        lab = Lab(client, plane, await plane.start())
        await lab.settle()
        try:
            yield lab
        finally:
            await plane.stop()
            loop.set_exception_handler(None)
    assert errors == [], errors


def build_engine_with(objects: tuple[Object, ...], profile: Profile = COURSE) -> Any:
    """The engine of a lab."""
    from tests.builders import a_config

    engine = build_engine(a_config(profile=profile))
    first_boot(engine, scenario="empty")
    if objects:
        engine.execute([Create(each) for each in objects], KUBEADMIN)
    return engine


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)
