"""What the application in a container is."""

from __future__ import annotations

import pytest

from cluster.engine.kubelet.application import Application, application_of
from cluster.engine.kubelet.image_catalogue import COLOURS
from cluster.engine.kubelet.images import resolve

COURSE = "mmumshad/simple-webapp-color"


def run(
    image: str,
    *command: str,
    args: tuple[str, ...] = (),
    **environment: str,
) -> Application:
    return application_of(resolve(image), environment, command, args)


def test_the_environment_colours_the_course_application() -> None:
    application = run(f"{COURSE}:v1", APP_COLOR="pink")
    assert (application.name, application.version) == ("simple-webapp-color", "v1")
    assert application.color == "pink"
    assert application.crash_after is None
    assert application.serves


@pytest.mark.parametrize("color", COLOURS)
def test_a_tag_that_names_a_colour_gives_it(color: str) -> None:
    assert run(f"{COURSE}:{color}").color == color


def test_versions_have_colours_that_differ_and_stay() -> None:
    colors = [run(f"{COURSE}:{tag}").color for tag in ("latest", "v1", "v2", "v3")]
    assert len(set(colors)) == 4
    assert colors == [
        run(f"kodekloud/webapp-color:{t}").color for t in ("latest", "v1", "v2", "v3")
    ]


def test_the_environment_sets_latency_errors_crash_and_start() -> None:
    application = run(
        COURSE,
        APP_LATENCY_MS="120",
        APP_ERROR_RATE="0.25",
        APP_CRASH_AFTER="30",
        APP_START_SECONDS="7.5",
    )
    assert application.latency_ms == 120
    assert application.error_rate == 0.25
    assert (application.crash_after, application.exit_code) == (30, 1)
    assert application.ready_delay == 7.5
    assert application.ends_in_error


def test_empty_variables_count_as_unset() -> None:
    assert run(COURSE, APP_COLOR="", APP_LATENCY_MS="") == run(COURSE)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("APP_COLOR", "yellow"),
        ("APP_LATENCY_MS", "fast"),
        ("APP_LATENCY_MS", "-1"),
        ("APP_LATENCY_MS", "nan"),
        ("APP_ERROR_RATE", "1.5"),
        ("APP_ERROR_RATE", "5%"),
        ("APP_CRASH_AFTER", "inf"),
        ("APP_START_SECONDS", "10s"),
    ],
)
def test_a_value_it_cannot_use_ends_the_application_and_is_named(variable: str, value: str) -> None:
    application = run(COURSE, **{variable: value})
    assert (application.crash_after, application.exit_code) == (0, 1)
    assert not application.serves
    [line] = application.log
    assert line.startswith(f"{variable}: ")
    assert f"'{value}'" in line


def test_a_shell_image_without_a_command_completes_at_once() -> None:
    application = run("busybox")
    assert (application.crash_after, application.exit_code) == (0, 0)
    assert not application.serves
    assert not application.ends_in_error


@pytest.mark.parametrize(
    ("command", "seconds", "exit_code"),
    [
        (["false"], 0, 1),
        (["/bin/false"], 0, 1),
        (["true"], 0, 0),
        (["exit", "3"], 0, 3),
        (["exit 4"], 0, 4),
        (["sh", "-c", "exit 1"], 0, 1),
        (["/bin/sh", "-ec", "sleep 5; exit 7"], 5, 7),
        (["bash", "-c", "sleep 1m && false || exit 9"], 60, 9),
        (["sh", "-c", "false && exit 5"], 0, 1),
        (["sh", "-c", "exit 256"], 0, 0),
        (["sh", "-c", "echo 'unfinished"], 0, 2),
        (["sleep", "30"], 30, 0),
        (["sleep", "soon"], 0, 1),
        (["sleep", "infinity"], None, 0),
        (["tail", "-f", "/dev/null"], None, 0),
        (["sh", "-c", "while true; do sleep 5; done"], None, 0),
        (["sh", "-c", "echo begin; while true; do date; sleep 1; done"], None, 0),
        (["sh"], 0, 0),
    ],
)
def test_commands_that_do_not_serve_end_as_they_would(
    command: list[str], seconds: float | None, exit_code: int
) -> None:
    application = run(COURSE, *command)
    assert (application.crash_after, application.exit_code) == (seconds, exit_code)
    assert not application.serves


def test_what_a_command_prints_is_in_the_log() -> None:
    assert run("busybox", "sh", "-c", "echo hello world; exit 1").log == ("hello world",)


@pytest.mark.parametrize(
    ("image", "command"),
    [
        (COURSE, ["python", "app.py"]),
        ("python:3.11", ["python", "-m", "http.server"]),
        ("busybox", ["sh", "-c", "echo up && exec httpd -f"]),
        ("nginx", ["nginx", "-g", "daemon off;"]),
    ],
)
def test_any_other_program_is_the_application(image: str, command: list[str]) -> None:
    application = run(image, *command, APP_LATENCY_MS="40")
    assert application.serves
    assert application.crash_after is None
    assert application.latency_ms == 40


def test_arguments_alone_run_a_program_in_images_that_hand_them_on() -> None:
    assert run("busybox", args=("sleep", "10")).crash_after == 10
    assert run(COURSE, args=("--verbose",)).serves


@pytest.mark.parametrize("args", [("--color", "green"), ("--color=green",)])
def test_the_option_of_the_course_application_comes_before_the_environment(
    args: tuple[str, ...],
) -> None:
    assert run(COURSE, args=args, APP_COLOR="red").color == "green"
    assert run(COURSE, "python", "app.py", args=args).color == "green"


@pytest.mark.parametrize("args", [("--color", "yellow"), ("--color",)])
def test_an_option_it_cannot_use_ends_the_application_and_is_named(args: tuple[str, ...]) -> None:
    application = run(COURSE, args=args)
    assert (application.crash_after, application.exit_code) == (0, 1)
    assert application.log[0].startswith("--color: Color not supported")


def test_an_option_in_the_place_of_the_program_is_not_found() -> None:
    application = run(COURSE, "--color", "green")
    assert (application.crash_after, application.exit_code) == (0, 127)
    assert application.log == ('exec: "--color": executable file not found in $PATH',)


def test_a_database_without_a_password_refuses_to_start() -> None:
    refused = run("mysql:8.0")
    assert (refused.crash_after, refused.exit_code) == (0, 1)
    assert "MYSQL_ROOT_PASSWORD" in refused.log[0]
    assert run("mysql:8.0", MYSQL_ROOT_PASSWORD="secret").serves
    assert run("redis").serves
