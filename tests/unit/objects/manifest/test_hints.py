"""Damaged manifests: the advice names the right lines, and certain damage is mended."""

from __future__ import annotations

import pytest

from cluster.objects.manifest import ManifestError, hints, parse, repair
from tests.shared_data import shared_path

WHOLE = {
    "Service": """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app: web
spec:
  type: ClusterIP
  selector:
    app: web
  ports:
  - name: http
    port: 80
    targetPort: 8080
""",
    "Route": """\
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  name: web
  annotations:
    haproxy.router.openshift.io/balance: roundrobin
spec:
  host: web.apps.example.com
  to:
    kind: Service
    name: web
    weight: 100
  port:
    targetPort: http
  tls:
    termination: edge
""",
    "Pod": """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web
spec:
  containers:
    - name: web
      image: nginx
      ports:
        - containerPort: 80
""",
    "ReplicationController": """\
apiVersion: v1
kind: ReplicationController
metadata:
  name: web
spec:
  replicas: 2
  selector:
    app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:latest
""",
    "DeploymentConfig": """\
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
metadata:
  name: web
spec:
  replicas: 2
  selector:
    app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:latest
        ports:
        - containerPort: 8080
          protocol: TCP
""",
}


def course_text(kind: str) -> str:
    notes = shared_path("seed", "networks-services-routes-scaling.txt").read_text()
    start = notes.index(f"apiVersion: v1\nkind: {kind}")
    return notes[start:].split("\n\n")[0]


def advice(text: str) -> list[str]:
    return [str(hint) for hint in hints(text)]


def bare_keys(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines()) if line.endswith(":")]


def without(text: str, numbers: list[int]) -> str:
    lines = [line for at, line in enumerate(text.splitlines()) if at not in numbers]
    return "\n".join(lines) + "\n"


def test_the_course_service_gets_advice_at_its_three_wounds() -> None:
    assert advice(course_text("Service")) == [
        'line 3: "name" is indented as if it belonged under "metadata:"; '
        'add the line "metadata:" above it',
        'line 4: "deploymentconfig: simple-webapp-docker" looks like an entry of '
        '"spec.selector"; add the lines "spec:" and "selector:" above it',
        'line 5: this list looks like "spec.ports", but nothing above it says so; '
        'add "ports:" above it',
    ]


def test_the_course_service_is_mended() -> None:
    mended = repair(course_text("Service"))
    assert mended is not None
    assert parse(mended)[0].value == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "simple-webapp-docker"},
        "spec": {
            "selector": {"deploymentconfig": "simple-webapp-docker"},
            "ports": [{"name": "8080-tcp", "port": 8080, "protocol": "TCP", "targetPort": 8080}],
        },
    }


def test_the_course_route_gets_its_annotation_keys_suggested_but_no_guess_is_made() -> None:
    text = course_text("Route")
    first, second = advice(text)
    assert "haproxy.router.openshift.io/balance: 'roundrobin'" in first
    assert "haproxy.router.openshift.io/disable_cookies: 'false'" in first
    assert second.startswith("line 3:")
    assert '"metadata:"' in second
    assert repair(text) is None


def test_refusing_a_damaged_text_brings_the_advice_along() -> None:
    with pytest.raises(ManifestError) as caught:
        parse("a: 1\n---\n" + course_text("Service"))
    lines = [(each.document_index, each.line) for each in caught.value.problems]
    assert lines == [(1, 5), (1, 6), (1, 7)]
    assert all(each.hint for each in caught.value.problems)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_manifest_needs_no_advice(kind: str) -> None:
    assert hints(WHOLE[kind]) == ()
    assert repair(WHOLE[kind]) is None


def test_unknown_fields_and_kinds_are_left_alone() -> None:
    odd = WHOLE["Service"].replace("  type: ClusterIP\n", "  novel:\n    deep: 1\n  typ: x\n")
    assert hints(odd) == ()
    assert hints("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  name: b\n") == ()
    assert hints("a: {\n") == ()


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind in WHOLE for number in bare_keys(WHOLE[kind])]
)
def test_any_one_lost_parent_is_put_back(kind: str, number: int) -> None:
    damaged = without(WHOLE[kind], [number])
    assert any(f'"{WHOLE[kind].splitlines()[number].strip()}"' in each for each in advice(damaged))
    mended = repair(damaged)
    assert mended is not None
    assert parse(mended)[0].value == parse(WHOLE[kind])[0].value


@pytest.mark.parametrize("kind", WHOLE)
def test_all_lost_parents_are_put_back(kind: str) -> None:
    mended = repair(without(WHOLE[kind], bare_keys(WHOLE[kind])))
    assert mended is not None
    assert parse(mended)[0].value == parse(WHOLE[kind])[0].value


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ("name: web", "name web", 'line 4: there is no colon after "name"; write "name: web"'),
        ("metadata:", "metadata", 'line 3: there is no colon after "metadata"'),
        ("port: 80", "port:80", 'line 13: there is no space after the colon of "port"'),
        ("port: 80", "port = 80", 'line 13: there is no colon after "port"'),
        ("    port", "\tport", "line 13: a tab is used for indentation; YAML does not allow tabs"),
        ("  name: web", "name: web", 'line 4: "name" belongs under "metadata", but'),
        ("  labels:", "   labels:", 'line 5: "labels" belongs under "metadata", but'),
        ("    targetPort", "   targetPort", 'line 14: "targetPort" belongs under "spec.ports[]"'),
        ("    targetPort", "     targetPort", 'line 14: "targetPort" belongs under "spec.ports[]"'),
    ],
)
def test_slips_of_the_hand_are_named_and_mended(good: str, bad: str, expected: str) -> None:
    damaged = WHOLE["Service"].replace(good, bad, 1)
    found = advice(damaged)
    assert len(found) == 1
    assert found[0].startswith(expected)
    mended = repair(damaged)
    assert mended is not None
    assert parse(mended)[0].value == parse(WHOLE["Service"])[0].value


def test_only_the_damaged_document_of_several_is_changed() -> None:
    damaged = without(WHOLE["Service"], bare_keys(WHOLE["Service"]))
    mended = repair(WHOLE["Route"] + "---\n" + damaged)
    assert mended is not None
    assert mended.startswith(WHOLE["Route"] + "---\n")
    assert [each.value["kind"] for each in parse(mended)] == ["Route", "Service"]


def test_comments_and_block_scalars_survive_mending() -> None:
    text = (
        WHOLE["Route"]
        .replace("metadata:\n", "# keep me\n")
        .replace(
            "termination: edge",
            "termination: edge\n    certificate: |\n      -----BEGIN\n      name: x",
        )
    )
    mended = repair(text)
    assert mended is not None
    assert "# keep me\n" in mended
    assert parse(mended)[0].value["spec"]["tls"]["certificate"] == "-----BEGIN\nname: x\n"
