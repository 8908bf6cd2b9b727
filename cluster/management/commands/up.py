"""`manage.py up`: everything in one process. Prepares the database, starts the cluster, serves it.

Ctrl-C or SIGTERM stops accepting, saves everything and ends with 0.
"""

from __future__ import annotations

import signal
import socket
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cluster.dataplane import running as dataplane
from cluster.dataplane.haproxy.router import RELOAD_INTERVAL
from cluster.dataplane.service import (
    DNS_PORT,
    EMBEDDED,
    HTTP_PORT,
    HTTPS_PORT,
    ROUTERS,
    DataPlaneSetup,
)
from cluster.management import passwords
from cluster.runtime import running
from cluster.runtime.boot import Setup, StartError

DEVELOPER = "developer"
KUBEADMIN = "kubeadmin"
CLOSING = 3
"""Seconds that open requests get to end when the server stops."""


def port_or_off(text: str) -> int | None:
    """A port, or None for `off`. Raises ArgumentTypeError."""
    if text == "off":
        return None
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"{text} is neither a port from 0 to 65535 nor off")
    return int(text)


def interval(text: str) -> float:
    """A number of seconds. Raises ArgumentTypeError."""
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise ArgumentTypeError(f"{text} is not a number of seconds from 0.1 to 3600")
    return seconds


class Server(uvicorn.Server):
    """uvicorn as a part of this command, which owns the signals and the exit code."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal. uvicorn's own way raises the signal again, and exits with its number."""

        def leave(number: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit and number == signal.SIGINT
            self.should_exit = True

        before = {each: signal.signal(each, leave) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Command(BaseCommand):
    """Start the cluster and its console."""

    help = "Start the cluster and its console."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options; those of a new cluster are refused for one that was made otherwise."""
        made = parser.add_argument_group("a new cluster")
        made.add_argument("--nodes", type=int, help="worker nodes, 1 to 2000 (2)")
        made.add_argument("--profile", help="course, 3.11 or 4 (course)")
        made.add_argument(
            "--plugin",
            help="network plugin, such as redhat/openshift-ovs-multitenant (the profile's);"
            " the console can change it later",
        )
        made.add_argument("--scenario", help="what lives in it at first (demo)")
        made.add_argument("--seed", type=int, help="of every random choice (1)")
        parser.add_argument("--speed", type=float, help="how many times faster time goes, 1 to 100")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument(
            "--port", type=int, default=8000, help="port; 0 takes a free one (8000)"
        )
        parser.add_argument(
            "--router",
            choices=ROUTERS,
            default=EMBEDDED,
            help=f"who serves the routes; haproxy is the real one, if installed ({EMBEDDED})",
        )
        parser.add_argument(
            "--reload-interval",
            type=interval,
            default=RELOAD_INTERVAL,
            help="seconds between two reloads of HAProxy; OpenShift's router takes 5"
            f" ({RELOAD_INTERVAL:g})",
        )
        parser.add_argument(
            "--router-http-port",
            type=port_or_off,
            default=HTTP_PORT,
            help=f"port of the router for HTTP; 0 takes a free one, off none ({HTTP_PORT})",
        )
        parser.add_argument(
            "--router-https-port",
            type=port_or_off,
            default=HTTPS_PORT,
            help=f"port of the router for HTTPS; 0 takes a free one, off none ({HTTPS_PORT})",
        )
        parser.add_argument(
            "--dns-port",
            type=port_or_off,
            default=DNS_PORT,
            help=f"port of the cluster's DNS; 0 takes a free one, off none ({DNS_PORT})",
        )
        parser.add_argument("--db", help="database: a file, or postgres://user@host/name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, serve, stop."""
        listener = self._listen(options["host"], options["port"])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            self._collect_static()
            self._start(options)
            try:
                self._make_users()
                self._configure_dataplane(options)
                self._serve(listener, options["host"])
            finally:
                running.stop()
                self.stdout.write("Saved. Good-bye.")
        finally:
            listener.close()

    def _listen(self, host: str, port: int) -> socket.socket:
        """The listening socket, made first: a port in use is told before anything is done."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OverflowError:
            raise CommandError(f"--port: {port} is not between 0 and 65535") from None
        except OSError as error:
            listener.close()
            raise CommandError(
                f"cannot listen on {host}:{port}: {error.strerror or error}."
                " Choose another port: make up PORT=8001"
            ) from None
        listener.set_inheritable(True)
        return listener

    def _make_users(self) -> None:
        """The two users of a new database; kubeadmin's password is shown this once."""
        users = get_user_model().objects
        if not users.filter(username=DEVELOPER).exists():
            users.create_user(DEVELOPER, password=DEVELOPER)
        if users.filter(username=KUBEADMIN).exists():
            return
        password = passwords.generated()
        users.create_superuser(KUBEADMIN, password=password)
        self.stdout.write(
            f'Made the users "{DEVELOPER}" (password: {DEVELOPER}) and "{KUBEADMIN}"'
            f" (password: {password}).\nThe latter password is shown only now."
        )

    def _collect_static(self) -> None:
        from console.staticfiles import is_collected

        if not is_collected():
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)

    def _start(self, options: dict[str, Any]) -> None:
        names = ("nodes", "profile", "plugin", "scenario", "seed", "speed")
        try:
            running.start(Setup(**{name: options[name] for name in names}))
        except StartError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(running.summary())

    def _configure_dataplane(self, options: dict[str, Any]) -> None:
        setup = DataPlaneSetup(
            directory=settings.VAR_DIR / "certificates",
            router=options["router"],
            haproxy_directory=settings.VAR_DIR / "haproxy",
            reload_interval=options["reload_interval"],
            host=options["host"],
            http_port=options["router_http_port"],
            https_port=options["router_https_port"],
            dns_port=options["dns_port"],
        )

        def say(text: str) -> None:
            self.stdout.write(text)
            self.stdout.flush()

        dataplane.configure(setup, say)

    def _serve(self, listener: socket.socket, host: str) -> None:
        from console.asgi import application

        port = listener.getsockname()[1]
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
        shown = f"[{shown}]" if ":" in shown else shown
        self.stdout.write(f"Console: http://{shown}:{port}/", self.style.SUCCESS)
        self.stdout.write("Stop with Ctrl-C.")
        self.stdout.flush()
        config = uvicorn.Config(
            application,
            log_level="warning",
            log_config=None,
            access_log=False,
            lifespan="on",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=CLOSING,
            server_header=False,
        )
        Server(config).run(sockets=[listener])
