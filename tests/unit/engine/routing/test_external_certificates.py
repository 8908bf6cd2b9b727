"""Routes that take their certificate from a secret: refused, admitted, and told what becomes of it."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create, Delete, Edit
from cluster.engine.config import COURSE, PROFILES
from cluster.engine.routing.external_certificates import resolved_tls
from cluster.engine.routing.haproxy_config import render, served_by
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.errors import Invalid
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.rolebinding import RoleBinding, RoleRef, Subject
from cluster.objects.route import (
    LocalObjectReference,
    Route,
    RouteIngressCondition,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
)
from cluster.objects.secret import TLS, Secret
from tests.unit.engine.routing.certificate_lab import Made, ec_key, make
from tests.unit.engine.routing.router_lab import RouterLab

SHOP, FIELD = "shop", "spec.tls.externalCertificate"
ROUTE, SECRET = Key(SHOP, "web"), Key(SHOP, "cert")
FIRST, SECOND = make("first.test", ec_key(41)), make("second.test", ec_key(42))
MISSING = [
    f"{FIELD}: Forbidden: router serviceaccount does not have permission to {verb} this secret"
    for verb in ("get", "watch", "list")
]


def a_secret(made: Made = FIRST, kind: str = TLS) -> Secret:
    texts = {"tls.crt": made.pem, "tls.key": made.pkcs8}
    data = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    return Secret(metadata=ObjectMeta(name="cert", namespace=SHOP), type=kind, data=data)


def a_route(termination: str = "edge", **tls: str) -> Route:
    block = TLSConfig(
        termination=termination, external_certificate=LocalObjectReference(name="cert"), **tls
    )
    to = RouteTargetReference(kind="Service", name="web")
    spec = RouteSpec(host="web.test", to=to, tls=block)
    return Route(metadata=ObjectMeta(name="web", namespace=SHOP), spec=spec)


def a_grant(role: str = "edit") -> RoleBinding:
    router = Subject(kind="ServiceAccount", namespace="openshift-ingress", name="router")
    return RoleBinding(
        metadata=ObjectMeta(name="router", namespace=SHOP),
        role_ref=RoleRef(name=role),
        subjects=(router,),
    )


class Lab(RouterLab):
    def __init__(self, profile: str = "4") -> None:
        super().__init__(PROFILES[profile])
        self.create(Project(metadata=ObjectMeta(name=SHOP)))

    def create(self, *objects: object) -> None:
        for each in objects:
            self.engine.execute([Create(each)], SYSTEM_ADMIN)
        self._pass()

    def refused(self, route: Route) -> list[str]:
        with pytest.raises(Invalid) as error:
            self.create(route)
        return [str(each) for each in error.value.errors]

    def change(self, made: Made) -> None:
        data = a_secret(made).data
        edit = Edit(kinds.SECRET, SECRET, lambda old: replace(old, data=data))
        self.engine.execute([edit], SYSTEM_ADMIN)
        self._pass()

    def delete_secret(self) -> None:
        self.engine.execute([Delete(kinds.SECRET, SECRET)], SYSTEM_ADMIN)
        self._pass()

    @property
    def said(self) -> RouteIngressCondition:
        return self.condition("web", SHOP)

    def history(self, since: int) -> list[tuple[str, str]]:
        """What has been written into the route's status, in order."""
        changes: list[Change] = self.engine.store.log.since(since)
        found = []
        for each in changes:
            if each.kind is kinds.ROUTE and each.new is not None and each.new.status.ingress:
                (condition,) = each.new.status.ingress[0].conditions
                found.append((condition.status, condition.reason))
        return found


@pytest.fixture
def lab() -> Lab:
    made = Lab()
    made.create(a_grant(), a_secret())
    return made


# --- at the API server -------------------------------------------------------------------------------


def test_the_router_must_be_allowed_to_read_the_secret() -> None:
    lab = Lab()
    not_found = f'{FIELD}: Not found: "secrets \\"cert\\" not found"'
    assert lab.refused(a_route()) == [*MISSING, not_found]
    lab.create(a_secret())
    assert lab.refused(a_route()) == MISSING
    lab.create(a_grant("view"))
    assert lab.refused(a_route()) == MISSING, "the role view does not read secrets"


def test_the_secret_must_be_there_and_of_the_type() -> None:
    lab = Lab()
    lab.create(a_grant())
    assert lab.refused(a_route()) == [f'{FIELD}: Not found: "secrets \\"cert\\" not found"']
    lab.create(a_secret(kind="Opaque"))
    wrong = f'{FIELD}: Invalid value: "cert": secret of type "kubernetes.io/tls" required'
    assert lab.refused(a_route()) == [wrong]


def test_certificate_and_passthrough_exclude_it(lab: Lab) -> None:
    both = "cannot specify both tls.certificate and tls.externalCertificate"
    refused = lab.refused(a_route(certificate=FIRST.pem, key=FIRST.pkcs8))
    assert refused == [f'{FIELD}: Invalid value: "cert": {both}']
    through = "passthrough termination does not support certificates"
    assert lab.refused(a_route("passthrough")) == [f'{FIELD}: Invalid value: "cert": {through}']


def test_an_update_is_judged_as_well(lab: Lab) -> None:
    lab.create(a_route())
    lab.delete_secret()

    def change(old: Route) -> Route:
        return replace(old, spec=replace(old.spec, path="/a"))

    with pytest.raises(Invalid, match="not found"):
        lab.engine.execute([Edit(kinds.ROUTE, ROUTE, change)], SYSTEM_ADMIN)


@pytest.mark.parametrize("profile", [COURSE.name, "3.11"])
def test_openshift_3_says_that_it_has_none(profile: str) -> None:
    lab = Lab(profile)
    lab.create(a_grant(), a_secret())
    [refused] = lab.refused(a_route())
    assert refused == (
        f"{FIELD}: Forbidden: routes take certificates from secrets in OpenShift 4 only, and this"
        f" cluster has the profile {profile}: put certificate and key into the route itself"
    )


# --- in the router -----------------------------------------------------------------------------------


def test_the_secrets_certificate_is_served(lab: Lab) -> None:
    lab.create(a_route())
    assert (lab.said.status, lab.said.reason) == ("True", "")
    [served] = served_by(lab.engine.store, lab.engine.config, lab.engine.now)
    config = render([served], lab.settings)
    [name] = [each for each in config.files if each.endswith("shop:web.pem")]
    assert FIRST.pem.strip() in config.files[name]
    assert "shop:web.pem" in config.maps["cert_config.map"]
    lab.change(SECOND)
    tls = resolved_tls(lab.engine.store, served.route)
    assert tls is not None and tls.certificate == SECOND.pem


def test_new_content_is_told_and_the_route_goes_on(lab: Lab) -> None:
    lab.create(a_route())
    since = lab.engine.store.version
    lab.change(SECOND)
    assert lab.history(since) == [("True", "ExternalCertificateSecretUpdated"), ("True", "")]


def test_a_deleted_secret_stops_the_route_until_it_is_back(lab: Lab) -> None:
    lab.create(a_route())
    lab.delete_secret()
    assert (lab.said.status, lab.said.reason) == ("False", "ExternalCertificateSecretDeleted")
    assert lab.said.message == 'secret "cert" deleted for route "shop/web"'
    assert served_by(lab.engine.store, lab.engine.config, lab.engine.now) == []
    since = lab.engine.store.version
    lab.create(a_secret(SECOND))
    assert lab.history(since) == [("False", "ExternalCertificateSecretRecreated"), ("True", "")]


def test_a_certificate_that_does_not_fit_its_key_is_refused(lab: Lab) -> None:
    lab.create(a_route())
    lab.change(Made(FIRST.der, SECOND.key, FIRST.name))
    assert (lab.said.status, lab.said.reason) == ("False", "ExtendedValidationFailed")
    since = lab.engine.store.version
    lab.change(SECOND)
    assert lab.history(since) == [("False", "ExternalCertificateSecretUpdated"), ("True", "")]


def test_a_restarted_router_finds_out_what_is_wrong(lab: Lab) -> None:
    lab.create(a_route())
    lab.delete_secret()
    fresh = Lab()
    objects = [each for kind in kinds.STORED for each in lab.engine.store.list(kind.cls)]
    fresh.engine.recover(objects, {})
    fresh._pass()
    assert fresh.said.reason == "ExternalCertificateValidationFailed"
    assert fresh.said.message == f'{FIELD}: Not found: "secrets \\"cert\\" not found"'


def test_a_secret_that_nobody_names_concerns_nobody(lab: Lab) -> None:
    lab.create(a_route())
    lab.engine.execute([Delete(kinds.ROUTE, ROUTE)], SYSTEM_ADMIN)
    lab._pass()
    since = lab.engine.store.version
    lab.change(SECOND)
    assert lab.history(since) == []
