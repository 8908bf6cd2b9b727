"""`manage.py reset`: delete the cluster; the next `up` makes a new one. Users stay."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cluster.persistence import erase
from cluster.persistence.lease import Lease, LeaseHeld


class Command(BaseCommand):
    """Delete the cluster from the database."""

    help = "Delete the cluster from the database; users are kept."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--db", help="database: a file, or postgres://user@host/name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, then delete."""
        if not erase.is_migrated():
            self.stdout.write("There is no cluster yet.")
            return
        if not options["yes"] and not self._agreed():
            raise CommandError("nothing was deleted")
        lease = Lease()
        try:
            lease.acquire()
        except LeaseHeld as error:
            raise CommandError(f"{error}. Stop it first.") from None
        try:
            count = erase.everything()
        finally:
            lease.release()
        self.stdout.write(f"Deleted the cluster ({count} objects). Users are kept.")

    def _agreed(self) -> bool:
        try:
            answer = input("Delete the whole cluster, all of its projects and objects? [y/N] ")
        except EOFError:
            return False
        return answer.strip().lower() in ("y", "yes")
