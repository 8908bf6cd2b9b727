"""The router's watch over the secrets that routes take certificates from (openshift/router:
`RouteSecretManager`): when one comes, changes or goes, its routes are looked at again and told."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.engine.routing.external_certificates import (
    Readable,
    secret_access,
    secret_deleted,
    secret_of,
    secret_recreated,
    secret_rejection,
    secret_updated,
)
from cluster.engine.routing.rejection import Rejection
from cluster.objects.meta import Key
from cluster.objects.route import Route
from cluster.objects.secret import Secret


@dataclass(frozen=True, slots=True)
class Seen:
    """The secret of a route as the router last saw it; `version` None: it was not there."""

    secret: Key
    version: int | None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a secret means for its route.

    `notice` is written first and tells what has happened; then `rejection` counts, None where the
    secret can be used.
    """

    rejection: Rejection | None = None
    notice: Rejection | None = None


class SecretManager:
    """Remembers which secret each route was last served from."""

    def __init__(self) -> None:
        self._seen: dict[Key, Seen] = {}
        self._routes: dict[Key, set[Key]] = {}

    def routes_of(self, secret: Key) -> list[Key]:
        """The routes that name a secret, as far as they have got to this stage."""
        return sorted(self._routes.get(secret, ()))

    def forget(self, route: Key) -> None:
        """A route is gone, or is refused before its secret matters."""
        seen = self._seen.pop(route, None)
        if seen is not None:
            held = self._routes[seen.secret]
            held.discard(route)
            if not held:
                del self._routes[seen.secret]

    def look(self, route: Route, objects: Readable) -> Verdict:
        """Judge a route's secret as it is now, beside what was seen of it before."""
        key, name = route.metadata.key, secret_of(route)
        before = self._seen.get(key)
        if not name:
            self.forget(key)
            return Verdict()
        place = Key(key.namespace, name)
        if before is not None and before.secret != place:
            self.forget(key)
            before = None
        secret = objects.get(Secret, *place)
        version = None if secret is None else secret.metadata.resource_version
        gone = version is None and before is not None
        deleted = gone and (before.deleted or before.version is not None) if before else False
        self._seen[key] = Seen(place, version, deleted)
        self._routes.setdefault(place, set()).add(key)
        if deleted:
            return Verdict(secret_deleted(key, name))
        rejection = secret_rejection(name, secret_access(objects, *place))
        return Verdict(rejection, _notice(key, name, before, version))


def _notice(route: Key, secret: str, before: Seen | None, version: int | None) -> Rejection | None:
    if before is None or version is None:
        return None
    if before.deleted:
        return secret_recreated(route, secret)
    if before.version is not None and before.version != version:
        return secret_updated(route, secret, before.version, version)
    return None
