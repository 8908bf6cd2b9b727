"""Who else holds the host of a draft, and whether it would be admitted."""

from __future__ import annotations

from cluster.engine.config import EngineConfig
from cluster.engine.routing.claims import BLOCKS, COEXISTS, YIELDS, Claim, claims
from cluster.engine.store import Store
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.route import Route, RouteSpec, RouteTargetReference

CONFIG = EngineConfig(epoch=0)
HOST = "web-demo.apps.localhost"


def made(
    name: str,
    namespace: str = "demo",
    *,
    created: float | None = None,
    host: str = HOST,
    path: str = "",
) -> Route:
    when = None if created is None else Timestamp(created)
    metadata = ObjectMeta(name=name, namespace=namespace, uid=name, creation_timestamp=when)
    spec = RouteSpec(host=host, path=path, to=RouteTargetReference(name="svc"))
    return Route(metadata=metadata, spec=spec)


def found(draft: Route, *stored: Route, member_of: str = "demo") -> list[Claim]:
    store = Store()
    for each in stored:
        store.put(each)
    return claims(store, draft, CONFIG, lambda namespace: namespace == member_of)


def test_a_free_host_has_no_claims() -> None:
    assert found(made("new"), made("other", created=1, host="other.apps.localhost")) == []


def test_the_same_host_and_path_block_a_younger_draft() -> None:
    (claim,) = found(made("new"), made("old", created=1))
    assert claim.blocks
    assert (claim.namespace, claim.name) == ("demo", "old")
    assert "Route old already exposes" in claim.text


def test_a_generated_host_is_looked_up_as_well() -> None:
    (claim,) = found(made("web", host=""), made("old", created=1))
    assert claim.effect == BLOCKS


def test_another_path_in_the_same_project_coexists() -> None:
    (claim,) = found(made("new", path="/shop"), made("old", created=1))
    assert claim.effect == COEXISTS


def test_another_projects_route_blocks_whatever_the_path_and_stays_unnamed() -> None:
    (claim,) = found(made("new", path="/shop"), made("secret", "theirs", created=1, path="/x"))
    assert claim.blocks
    assert (claim.namespace, claim.name, claim.path) == ("", "", "")
    assert "secret" not in claim.text
    assert "/x" not in claim.text
    (claim,) = found(made("new"), made("open", "theirs", created=1), member_of="theirs")
    assert claim.name == "open"


def test_an_older_route_that_changes_its_host_evicts_the_younger() -> None:
    (claim,) = found(made("moved", created=1), made("young", created=2))
    assert claim.effect == YIELDS


def test_the_stored_form_of_the_draft_is_no_claim_against_it() -> None:
    assert found(made("web", created=1, path="/new"), made("web", created=1)) == []
