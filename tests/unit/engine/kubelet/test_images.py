"""Which image references resolve, and what is said of those that do not."""

from __future__ import annotations

import re

import pytest

from cluster.engine.kubelet.images import ImagePullError, resolve

DIGEST = "sha256:" + "ab" * 32


def refusal_of(reference: str) -> ImagePullError:
    with pytest.raises(ImagePullError) as refused:
        resolve(reference)
    return refused.value


@pytest.mark.parametrize(
    ("reference", "name", "tag", "kind", "ports"),
    [
        ("nginx", "docker.io/library/nginx", "latest", "generic", (80,)),
        ("nginx:1.25.3-alpine", "docker.io/library/nginx", "1.25.3-alpine", "generic", (80,)),
        (
            "docker.io/library/simple-webapp-docker:v2",
            "docker.io/library/simple-webapp-docker",
            "v2",
            "webapp",
            (8080,),
        ),
        (
            "mmumshad/simple-webapp-color:red",
            "docker.io/mmumshad/simple-webapp-color",
            "red",
            "webapp",
            (8080,),
        ),
        ("index.docker.io/redis:7", "docker.io/library/redis", "7", "database", (6379,)),
        ("busybox:1.36", "docker.io/library/busybox", "1.36", "shell", ()),
        (
            "openshift/hello-openshift",
            "docker.io/openshift/hello-openshift",
            "latest",
            "webapp",
            (8080, 8888),
        ),
        ("quay.io:443/org/my_app:1", "quay.io:443/org/my_app", "1", "generic", (8080,)),
        ("someone/shop", "docker.io/someone/shop", "latest", "generic", (8080,)),
        (
            "registry.access.redhat.com/rhscl/httpd-24-rhel7",
            "registry.access.redhat.com/rhscl/httpd-24-rhel7",
            "latest",
            "generic",
            (8080,),
        ),
        (
            "registry.access.redhat.com/rhscl/mysql-57-rhel7:5.7",
            "registry.access.redhat.com/rhscl/mysql-57-rhel7",
            "5.7",
            "database",
            (3306,),
        ),
        (
            "registry.access.redhat.com/ubi8/ubi",
            "registry.access.redhat.com/ubi8/ubi",
            "latest",
            "shell",
            (),
        ),
        (
            "docker-registry.default.svc:5000/demo/web:latest",
            "docker-registry.default.svc:5000/demo/web",
            "latest",
            "generic",
            (8080,),
        ),
        ("10.0.0.7:5000/web", "10.0.0.7:5000/web", "latest", "generic", (8080,)),
    ],
)
def test_a_known_or_plausible_image_resolves(
    reference: str, name: str, tag: str, kind: str, ports: tuple[int, ...]
) -> None:
    facts = resolve(reference)
    assert (facts.name, facts.tag, facts.kind, facts.ports) == (name, tag, kind, ports)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", facts.digest)


def test_one_image_has_one_digest_whatever_it_is_called() -> None:
    assert resolve("nginx").digest == resolve("docker.io/library/nginx:latest").digest
    assert resolve("nginx:1.25").digest != resolve("nginx").digest


def test_a_digest_leads_back_to_the_tag_it_came_from() -> None:
    by_tag = resolve("kodekloud/webapp-color:v2")
    by_digest = resolve(by_tag.image_id.removeprefix("docker-pullable://"))
    assert by_digest == by_tag
    assert resolve(f"nginx@{DIGEST}").tag is None


def test_size_and_pull_time_are_plausible() -> None:
    small, large = resolve("alpine"), resolve("mongo")
    assert 1_000_000 < small.size < 10_000_000
    assert 0.8 < small.pull_seconds < 2
    assert large.pull_seconds > small.pull_seconds
    assert resolve("nginx:alpine").size < resolve("nginx").size / 2


@pytest.mark.parametrize(
    "reference",
    ["", ":v1", "web:", "web:v1:v2", "web tag", "my..app", "-web", "web/", "web@sha256:12", "é"],
)
def test_a_malformed_reference_is_an_invalid_image_name(reference: str) -> None:
    refused = refusal_of(reference)
    assert refused.reason == "InvalidImageName"
    assert refused.message == (
        f'Failed to apply default image tag "{reference}": '
        f'couldn\'t parse image reference "{reference}": invalid reference format'
    )


@pytest.mark.parametrize(
    ("reference", "ending"),
    [
        ("Nginx", "invalid reference format: repository name must be lowercase"),
        ("a" * 64, "cannot specify 64-byte hexadecimal strings"),
        ("w" * 256, "repository name must not be more than 255 characters"),
        (f"web@sha384:{'ab' * 32}", "invalid checksum digest length"),
        (f"web@md5:{'ab' * 16}", "unsupported digest algorithm"),
    ],
)
def test_the_parser_says_what_is_wrong_with_a_reference(reference: str, ending: str) -> None:
    refused = refusal_of(reference)
    assert refused.reason == "InvalidImageName"
    assert refused.message.endswith(ending)


@pytest.mark.parametrize(
    "host",
    [
        "registry.invalid",
        "hub.test:5000",
        "shop.example",
        "example.com",
        "registry.example.org",
        "nas.local",
        "myregistry:5000",
        "300.1.1.1",
    ],
)
def test_a_registry_that_has_no_address_is_no_such_host(host: str) -> None:
    refused = refusal_of(f"{host}/team/web:v1")
    assert refused.reason == "ErrImagePull"
    assert refused.message == (
        f"rpc error: code = Unknown desc = Error response from daemon: Get https://{host}/v2/: "
        f"dial tcp: lookup {host.partition(':')[0]} on 10.0.2.3:53: no such host"
    )


def test_a_registry_on_the_node_itself_refuses_connections() -> None:
    refused = refusal_of("localhost:5000/web")
    assert refused.reason == "ErrImagePull"
    assert refused.message.endswith("dial tcp 127.0.0.1:5000: connect: connection refused")


@pytest.mark.parametrize("reference", ["ngnix", "docker.io/ngnix:1.0", "library/ngnix"])
def test_a_misspelt_official_image_is_denied(reference: str) -> None:
    refused = refusal_of(reference)
    assert refused.reason == "ErrImagePull"
    assert refused.message == (
        "rpc error: code = Unknown desc = Error response from daemon: "
        "pull access denied for ngnix, repository does not exist or may require 'docker login': "
        "denied: requested access to the resource is denied"
    )


@pytest.mark.parametrize("reference", ["nginx:nope", "mmumshad/simple-webapp-color:v9"])
def test_an_unknown_tag_of_a_known_image_is_manifest_unknown(reference: str) -> None:
    refused = refusal_of(reference)
    assert refused.reason == "ErrImagePull"
    assert refused.message == (
        "rpc error: code = Unknown desc = Error response from daemon: "
        f"manifest for {reference} not found: manifest unknown: manifest unknown"
    )
