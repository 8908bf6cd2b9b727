"""`manage.py fsck`: check the saved cluster, as `etcdctl check` and `fsck` do. Exits with 1 on damage."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cluster.persistence import erase, fsck, lease


class Command(BaseCommand):
    """Check that the saved cluster is whole."""

    help = "Check that every saved object is readable, and that they agree with one another."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--db", help="database: a file, or postgres://user@host/name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and report."""
        if not erase.is_migrated():
            self.stdout.write("There is no cluster yet.")
            return
        if holder := lease.holder():
            self.stdout.write(
                f"Note: the cluster is running ({holder}); its last second is unsaved."
            )
        problems = fsck.check()
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} problems found")
        self.stdout.write("The saved cluster is whole.")
