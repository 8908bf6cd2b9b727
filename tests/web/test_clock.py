"""The cluster's clock in the masthead: pause, run, step, speed."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from cluster.objects.meta import rfc3339
from cluster.runtime.client import Client
from tests.running_cluster import KUBEADMIN
from tests.web.reading import source

pytestmark = pytest.mark.django_db

PART = {"HX-Request": "true"}


def test_every_page_shows_the_clusters_time(shown: Client, developer: Browser) -> None:
    now = rfc3339(shown.clock().now)
    for path in ("/network", "/overview/ns/demo", "/k8s/ns/demo/pods"):
        assert f'datetime="{now}"' in source(developer.get(path))


@pytest.mark.parametrize("seconds", [1, 10, 60])
def test_a_step_moves_a_paused_clock_so_far_and_no_further(
    cluster: Client, developer: Browser, seconds: int
) -> None:
    before = cluster.clock().now
    response = developer.post("/clock/step", {"seconds": str(seconds)}, headers=PART)
    assert response.status_code == 200
    after = cluster.clock()
    assert after.now == pytest.approx(before + seconds, abs=1e-3)
    assert not after.running
    assert f'datetime="{rfc3339(after.now)}"' in source(response)
    assert 'id="clock"' in source(response)


def test_running_and_pausing(cluster: Client, developer: Browser) -> None:
    ran = developer.post("/clock/run", headers=PART)
    assert cluster.clock().running
    assert 'data-running="true"' in source(ran)
    paused = developer.post("/clock/pause", headers=PART)
    assert not cluster.clock().running
    assert 'data-running="false"' in source(paused)
    assert ">Paused<" in source(paused)


@pytest.mark.parametrize("speed", [1, 2, 5, 10, 50, 100])
def test_each_speed_on_offer_can_be_set(cluster: Client, developer: Browser, speed: int) -> None:
    response = developer.post("/clock/speed", {"speed": str(speed)}, headers=PART)
    assert cluster.clock().speed == speed
    pressed = f'value="{speed}" aria-pressed="true"'
    assert pressed in source(response)
    assert source(response).count('aria-pressed="true"') == 1


@pytest.mark.parametrize("bad", ["", "0", "-1", "7", "1.5", "x", "1e2", "²", "9" * 400, "١"])
@pytest.mark.parametrize("field", ["seconds", "speed"])
def test_a_bad_value_is_refused_and_named(
    shown: Client, developer: Browser, field: str, bad: str
) -> None:
    before = shown.clock()
    path = {"seconds": "/clock/step", "speed": "/clock/speed"}[field]
    for data in ({field: bad}, {}):
        response = developer.post(path, data, headers=PART)
        assert response.status_code == 400
        assert response.content.decode().startswith(f"{field}: must be one of ")
    assert shown.clock() == before


def test_without_scripts_the_buttons_lead_back_to_the_page(
    cluster: Client, developer: Browser
) -> None:
    page = "http://testserver/k8s/ns/demo/pods"
    response = developer.post("/clock/pause", headers={"Referer": page})
    assert (response.status_code, response["Location"]) == (302, page)
    assert developer.post("/clock/pause")["Location"] == "/"


def test_a_page_of_another_site_is_nowhere_to_go_back_to(
    cluster: Client, developer: Browser
) -> None:
    for page in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "http://"):
        response = developer.post("/clock/pause", headers={"Referer": page})
        assert response["Location"] == "/"


def test_everybody_who_is_signed_in_may_move_the_clock(cluster: Client, outsider: Browser) -> None:
    before = cluster.clock().now
    assert outsider.post("/clock/step", {"seconds": "1"}, headers=PART).status_code == 200
    assert cluster.clock().now > before
    cluster.pause(KUBEADMIN)
