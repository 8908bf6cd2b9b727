"""A program for tests: runs a cluster without its console, to be killed and looked at afterwards.

`write` makes 200 services one by one and scales a DeploymentConfig on the way; it prints a line for
each write once that has been answered. `inspect` starts the cluster again, lets it converge and prints
what it holds as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import django

django.setup()

from django.core.management import call_command

from cluster.objects import kinds, pod
from cluster.objects.meta import Key
from cluster.persistence import fsck
from cluster.runtime import running
from cluster.runtime.boot import Setup
from cluster.runtime.client import Client
from cluster.runtime.commands import SYSTEM_ADMIN, Create, Scale
from cluster.scenarios.demo import BLUE, DEMO
from tests.builders import a_new_service

WRITES = 200
SCALE_AT = 20
REPLICAS = 25
PROJECT = DEMO
CONFIG = BLUE


def say(*words: object) -> None:
    print(*words, flush=True)


def write() -> None:
    """Write until killed."""
    call_command("migrate", verbosity=0, interactive=False)
    client = running.start(Setup(speed=20, seed=5))
    say("started")
    for number in range(WRITES):
        if number == SCALE_AT:
            client.execute(
                [Scale(kinds.DEPLOYMENTCONFIG, Key(PROJECT, CONFIG), REPLICAS)], SYSTEM_ADMIN
            )
            say("scaled")
        client.execute([Create(a_new_service(f"service-{number}"))], SYSTEM_ADMIN)
        say("saved", f"service-{number}")
    say("done")
    sys.stdin.read()


def inspect() -> None:
    """Recover, converge, report."""
    client = running.start()
    client.pause(SYSTEM_ADMIN)
    at_once = sorted(each.metadata.name for each in client.list(kinds.SERVICE, PROJECT))
    wanted = client.get(kinds.DEPLOYMENTCONFIG, PROJECT, CONFIG).spec.replicas
    for _ in range(60):
        client.advance(SYSTEM_ADMIN, 10)
        if _ready(client) == wanted:
            break
    client.advance(SYSTEM_ADMIN, 60)
    pods = client.list(kinds.POD)
    report = {
        "services": at_once,
        "wanted": wanted,
        "ready": _ready(client),
        "statuses": sorted({pod.status_word(each) for each in pods}),
        "addresses": [each.status.pod_ip for each in pods if not each.is_finished],
        "trouble": running.trouble(),
    }
    running.stop()
    say(json.dumps({**report, "fsck": fsck.check()}))


def _ready(client: Client) -> int:
    selected = client.pods_matching(PROJECT, {"deploymentconfig": CONFIG})
    return sum(each.status.ready for each in selected)


if __name__ == "__main__":
    {"write": write, "inspect": inspect}[sys.argv[1]]()
