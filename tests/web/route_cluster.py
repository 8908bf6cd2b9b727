"""The demo cluster without threads and database, behind the real client: for tests of route pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth import get_user_model

from cluster.engine.access import SYSTEM_ADMIN, Actor
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Command, Create, Delete, Edit
from cluster.engine.config import COURSE, EngineConfig, Profile
from cluster.engine.engine import Engine
from cluster.engine.transaction import Outcome
from cluster.objects import kinds
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key
from cluster.objects.route import Route
from cluster.runtime.client import Client
from cluster.runtime.clock import ClockState
from cluster.scenarios import first_boot
from tests.builders import EPOCH

BLUE, GREEN = "simple-webapp-docker", "simple-webapp-docker-green"


class InlineDriver:
    """Carries out at once what the real driver would hand to the engine's thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def execute(self, commands: Sequence[Command], actor: Actor) -> Future[list[Outcome]]:
        """The outcomes, or the ApiError, in a future that is done."""
        return self._done(lambda: self.engine.execute(commands, actor))

    def plan(self, commands: Sequence[Command], actor: Actor) -> Future[list[Outcome]]:
        """What the commands would do."""
        return self._done(lambda: self.engine.plan(commands, actor))

    def clock_state(self) -> ClockState:
        """A running clock."""
        return ClockState(self.engine.now, True, 1.0)

    def _done(self, work: Callable[[], list[Outcome]]) -> Future[list[Outcome]]:
        future: Future[list[Outcome]] = Future()
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        return future


class DemoCluster:
    """A cluster with the demo project, and short cuts for what tests do to it."""

    def __init__(self, profile: Profile = COURSE) -> None:
        self.engine = build_engine(EngineConfig(epoch=EPOCH, profile=profile))
        first_boot(self.engine)
        driver: Any = InlineDriver(self.engine)
        self.client = Client(driver)

    def run(self, seconds: float) -> None:
        """Let the cluster's time go on."""
        target = self.engine.now + seconds
        while not self.engine.step(target, limit=100):
            pass

    def create(self, obj: Object) -> Object:
        """Create an object as the cluster's admin."""
        return self.client.execute([Create(obj)], SYSTEM_ADMIN)[0].new

    def edit(self, kind: Kind, name: str, change: Callable[[Any], Any]) -> Object:
        """Change an object of the demo project as the cluster's admin."""
        return self.client.execute([Edit(kind, Key("demo", name), change)], SYSTEM_ADMIN)[0].new

    def delete(self, kind: Kind, name: str) -> None:
        """Delete an object of the demo project."""
        self.client.execute([Delete(kind, Key("demo", name))], SYSTEM_ADMIN)

    def route(self, name: str = "web") -> Route:
        """A route of the demo project as it is stored."""
        found: Route = self.client.get(kinds.ROUTE, "demo", name)
        return found


def sign_in(browser: Any, *, admin: bool = False) -> None:
    """Log a Django test client in as `developer`, or as `kubeadmin`."""
    users = get_user_model().objects
    make = users.create_superuser if admin else users.create_user
    browser.force_login(make("kubeadmin" if admin else "developer", password="x"))


def fields_of(html: str, form_id: str = "route-form") -> dict[str, list[str]]:
    """What a browser would send of a form as it is drawn: names and values of its controls."""
    reader = _FormReader(form_id)
    reader.feed(html)
    return reader.fields


class _FormReader(HTMLParser):
    """Collects successful controls (HTML: constructing the entry list), without buttons."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._form_id = form_id
        self._inside = False
        self._area: tuple[str, list[str]] | None = None
        self._select = ""
        self._first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self._form_id
        name = given.get("name") or ""
        if not self._inside or "disabled" in given:
            return
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            self._add(name, given.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "textarea" and name:
            self._area = (name, [])
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option" and self._select:
            value = given.get("value") or ""
            if self._first is None:
                self._first = value
            if "selected" in given:
                self._add(self._select, value)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            name, parts = self._area
            text = "".join(parts).removeprefix("\r\n").removeprefix("\n")
            self._add(name, text.replace("\n", "\r\n"))
            self._area = None
        elif tag == "select" and self._select:
            if self._select not in self.fields and self._first is not None:
                self._add(self._select, self._first)
            self._select = ""
        elif tag == "form":
            self._inside = False

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)
