"""What a container's command does, as far as a simulation can tell: end, sleep, or serve.

Stands for the few commands that courses put under `command` and `args`: `false`, `exit 1`,
`sleep 30; exit 3`, `sh -c "…"`, `tail -f /dev/null`. Any other program is taken to be the image's
own application.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_SHELLS: Final = frozenset({"sh", "bash", "ash", "dash"})
_UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SLEEP: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)\Z")
_LOOPS: Final = ("while true", "while :", "while sleep", "until false")
_SEPARATORS: Final = re.compile(r"\s*(;|&&|\|\||\n)\s*")
_EXIT_STATUS_MASK: Final = 0xFF
_NOT_FOUND: Final = 127


@dataclass(slots=True)
class Outcome:
    """What a command comes to: ends after `seconds` with `exit_code`; `seconds` None: never ends.

    `serves` is True when it starts the image's own application (which then decides its end).
    """

    seconds: float | None = 0.0
    exit_code: int = 0
    serves: bool = False
    log: list[str] = field(default_factory=list)


def outcome_of(argv: Sequence[str]) -> Outcome:
    """What running `argv` (not empty) comes to."""
    program = argv[0].rpartition("/")[2]
    if program not in _SHELLS:
        return _run(argv)
    script = _script_of(argv[1:])
    if script is None:
        # A shell without a terminal reads the end of its input and leaves; with a file, it runs it.
        return Outcome(serves=True) if len(argv) > 1 else Outcome()
    return _run_script(script)


def _script_of(options: Sequence[str]) -> str | None:
    """The text after `-c`, `-ec`, `-lc`."""
    for index, option in enumerate(options):
        if re.fullmatch(r"-[a-z]*c[a-z]*", option):
            return options[index + 1] if index + 1 < len(options) else None
    return None


def _run_script(script: str) -> Outcome:
    text = script.strip()
    pieces = _SEPARATORS.split(text)
    total = Outcome()
    operator = ";"
    for index in range(0, len(pieces), 2):
        piece = pieces[index]
        skipped = (operator == "&&" and total.exit_code) or (
            operator == "||" and not total.exit_code
        )
        operator = pieces[index + 1] if index + 1 < len(pieces) else ";"
        if not piece or skipped:
            continue
        if " ".join(pieces[index:]).startswith(_LOOPS):
            return Outcome(None, 0, log=total.log)
        step, leaves = _step(piece)
        total.log += step.log
        total.exit_code = step.exit_code
        if step.serves or step.seconds is None:
            return Outcome(step.seconds, step.exit_code, step.serves, total.log)
        total.seconds = (total.seconds or 0.0) + step.seconds
        if leaves:
            break
    return total


def _step(piece: str) -> tuple[Outcome, bool]:
    """One command of a script, and whether the script ends with it."""
    try:
        words = shlex.split(piece)
    except ValueError:
        message = "sh: syntax error: unterminated quoted string"
        return Outcome(exit_code=2, log=[message]), True
    if words and words[0] == "exec":
        return _run(words[1:]), True
    return (_run(words) if words else Outcome()), bool(words) and words[0] == "exit"


def _run(argv: Sequence[str]) -> Outcome:
    """One command that is no script."""
    if not argv:
        return Outcome()
    program, arguments = argv[0].rpartition("/")[2], argv[1:]
    if argv[0].startswith("-") or not program:
        # An option where a program belongs: `command` was meant to be `args`.
        return Outcome(
            exit_code=_NOT_FOUND, log=[f'exec: "{argv[0]}": executable file not found in $PATH']
        )
    match program.split():
        case ["true"] | [":"]:
            return Outcome()
        case ["false"]:
            return Outcome(exit_code=1)
        case ["exit"]:
            return _exit(arguments)
        case ["exit", status]:
            return _exit([status])
        case ["echo"] | ["printf"]:
            return Outcome(log=[" ".join(arguments)])
        case ["sleep"]:
            return _sleep(arguments)
        case ["tail"] if {"-f", "-F"} & set(arguments):
            return Outcome(None)
        case _:
            return Outcome(serves=True)


def _exit(arguments: Sequence[str]) -> Outcome:
    if not arguments:
        return Outcome()
    if not re.fullmatch(r"\d+", arguments[0]):
        return Outcome(exit_code=2, log=[f"sh: exit: Illegal number: {arguments[0]}"])
    return Outcome(exit_code=int(arguments[0]) & _EXIT_STATUS_MASK)


def _sleep(arguments: Sequence[str]) -> Outcome:
    if not arguments:
        return Outcome(exit_code=1, log=["sleep: missing operand"])
    if arguments[0] in ("infinity", "inf"):
        return Outcome(None)
    match = _SLEEP.match(arguments[0])
    if match is None:
        return Outcome(exit_code=1, log=[f"sleep: invalid time interval '{arguments[0]}'"])
    return Outcome(float(match[1]) * _UNITS[match[2]])
