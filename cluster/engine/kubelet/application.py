"""What the simulated application in a container is, from its image, environment and command.

Stands for the program inside the container: the course's coloured web application and its likes.
It is told how to behave by environment variables, and refuses to start on values it cannot use.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cluster.engine.kubelet.command_line import outcome_of
from cluster.engine.kubelet.image_catalogue import COLOURS
from cluster.engine.kubelet.images import ImageFacts

APP_COLOR: Final = "APP_COLOR"
APP_LATENCY_MS: Final = "APP_LATENCY_MS"
APP_ERROR_RATE: Final = "APP_ERROR_RATE"
APP_CRASH_AFTER: Final = "APP_CRASH_AFTER"
APP_START_SECONDS: Final = "APP_START_SECONDS"

_DEFAULT_LATENCY_MS: Final = 5.0
# Seconds from the start of the process until it listens.
_READY_DELAY: Final = {"webapp": 1.0, "generic": 0.5, "database": 3.0, "shell": 0.5}
_SHORT_DIGEST: Final = 12
_COLOR_OPTION: Final = "--color"


@dataclass(frozen=True, slots=True)
class Application:
    """How the program in a container behaves from its start on."""

    name: str
    version: str
    color: str
    """One of the course's palette; what the page of the application shows."""
    latency_ms: float
    """Mean time to answer a request, in milliseconds."""
    error_rate: float
    """Share of requests answered with 500, 0 to 1."""
    crash_after: float | None
    """Seconds from start to the end of the process; None: it runs until stopped."""
    exit_code: int
    """Its exit status when it ends by itself."""
    ready_delay: float
    """Seconds from start until it listens on its ports."""
    serves: bool = True
    """False for a process that never listens: a sleeping or finished command."""
    log: tuple[str, ...] = ()
    """What it writes as it starts."""

    @property
    def ends_in_error(self) -> bool:
        """Whether its own end is an Error (or else Completed)."""
        return self.crash_after is not None and self.exit_code != 0


class _RefusedError(Exception):
    """A variable the application cannot use; the message is its log line."""


def application_of(
    image: ImageFacts,
    environment: Mapping[str, str],
    command: Sequence[str] = (),
    args: Sequence[str] = (),
) -> Application:
    """The application that a container runs.

    `command` and `args` as in the pod: the one replaces the image's entry point, the other its
    arguments. A value it cannot use makes the application end at once with exit status 1 and a log
    line that names the variable.
    """
    base = Application(
        name=image.name.rpartition("/")[2],
        version=image.tag or image.digest.removeprefix("sha256:")[:_SHORT_DIGEST],
        color=_color_of_tag(image.tag or image.digest),
        latency_ms=_DEFAULT_LATENCY_MS,
        error_rate=0.0,
        crash_after=None,
        exit_code=0,
        ready_delay=_READY_DELAY[image.kind],
    )
    # The official images hand their arguments to the system when they name a program; the course's
    # application reads them as its options.
    argv = [*command, *args] if command or image.kind != "webapp" else []
    if not argv:
        if image.kind == "shell":
            return replace(base, crash_after=0.0, serves=False)
        return _serving(base, image, environment, args)
    outcome = outcome_of(argv)
    log = tuple(outcome.log)
    if outcome.serves:
        served = _serving(base, image, environment, argv)
        return replace(served, log=log + served.log)
    return replace(
        base, crash_after=outcome.seconds, exit_code=outcome.exit_code, serves=False, log=log
    )


def _serving(
    base: Application,
    image: ImageFacts,
    environment: Mapping[str, str],
    argv: Sequence[str],
) -> Application:
    """The image's own program, told by the environment and its options how to behave."""
    try:
        _require_settings(image, environment)
        crash_after = _number(environment, APP_CRASH_AFTER)
        start = _number(environment, APP_START_SECONDS)
        latency = _number(environment, APP_LATENCY_MS)
        error_rate = _number(environment, APP_ERROR_RATE, highest=1.0)
        origin, color = _color(environment, argv if image.kind == "webapp" else ())
    except _RefusedError as refusal:
        return replace(base, crash_after=0.0, exit_code=1, serves=False, log=(str(refusal),))
    return replace(
        base,
        color=color or base.color,
        latency_ms=base.latency_ms if latency is None else latency,
        error_rate=error_rate or 0.0,
        crash_after=crash_after,
        exit_code=0 if crash_after is None else 1,
        ready_delay=base.ready_delay if start is None else start,
        log=_starting_log(image, origin, color or base.color),
    )


def _starting_log(image: ImageFacts, origin: str, color: str) -> tuple[str, ...]:
    if image.kind != "webapp":
        return ()
    return (
        f"Color from {origin} = {color}",
        f" * Running on http://0.0.0.0:{image.ports[0]}/ (Press CTRL+C to quit)",
    )


def _require_settings(image: ImageFacts, environment: Mapping[str, str]) -> None:
    if image.needs and not any(environment.get(name) for name in image.needs):
        raise _RefusedError(
            "error: database is uninitialized and password option is not specified: "
            f"set one of {', '.join(image.needs)}"
        )


def _number(
    environment: Mapping[str, str], variable: str, highest: float = math.inf
) -> float | None:
    """The variable as a number from 0 to `highest`; None when unset or empty."""
    text = environment.get(variable, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _RefusedError(f"{variable}: invalid value '{text}': must be a number") from None
    if not math.isfinite(value) or not 0 <= value <= highest:
        wanted = f"between 0 and {highest:g}" if math.isfinite(highest) else "0 or more"
        raise _RefusedError(f"{variable}: invalid value '{text}': must be {wanted}")
    return value


def _color(environment: Mapping[str, str], argv: Sequence[str]) -> tuple[str, str | None]:
    """Where the colour comes from, and the colour; None when only the image says.

    The course's application prefers its option `--color` to the environment.
    """
    origin, name, text = "environment variable", APP_COLOR, environment.get(APP_COLOR, "").strip()
    for index, argument in enumerate(argv):
        option, equals, value = argument.partition("=")
        if option == _COLOR_OPTION:
            following = argv[index + 1] if index + 1 < len(argv) else ""
            origin, name, text = "command line argument", option, value if equals else following
            break
    else:
        if not text:
            return "image tag", None
    if text not in COLOURS:
        raise _RefusedError(
            f"{name}: Color not supported. Received '{text}' expected one of {','.join(COLOURS)}"
        )
    return origin, text


def _color_of_tag(tag: str) -> str:
    """The colour a tag names, or else one that always is the same for it."""
    if tag in COLOURS:
        return tag
    return COLOURS[hashlib.sha256(f"app {tag}".encode()).digest()[0] % len(COLOURS)]
