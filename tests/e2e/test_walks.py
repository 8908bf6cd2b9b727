"""Done-when 4 of the network: projects kept apart and joined, seen in the matrix, the walk and the tables.

Also a walk to a service step by step, and the flows of a node that follow its pods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import SPEED, OpenPage, sign_in
from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.pages import dialog, fits, open_menu, row
from tests.e2e.server import Server

MULTITENANT = "redhat/openshift-ovs-multitenant"
SHOP, API, DATA, DB, DB_PORT = "shop", "api", "data", "db", "5432"
"""The scenario: the api of one project calls the database of another."""
WEB = "web"
NARROW = {"width": 420, "height": 900}


@pytest.fixture(scope="module")
def own_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A cluster of these tests' own: they change its network plugin."""
    server = Server.start(
        tmp_path_factory.mktemp("walks"), "--speed", str(SPEED), "--scenario", "shop"
    )
    yield server
    server.stop()


@pytest.fixture
def admin(open_page: OpenPage, own_server: Server) -> Page:
    """The console of `kubeadmin`."""
    page = open_page(base_url=own_server.url)
    page.goto("/login/")
    sign_in(page, "kubeadmin", own_server.kubeadmin_password)
    return page


@pytest.fixture
def lab(admin: Page) -> Lab:
    """Requests of `kubeadmin`."""
    return Lab(admin.context.request, "walks")


def application(lab: Lab, name: str, replicas: int = 1) -> str:
    """A project of its own with a service; the project's name."""
    project = lab.project()
    lab.apply(project, documents(deployment_config(name, replicas=replicas), service(name)))
    return project


def pod_of(page: Page, project: str, name: str = "") -> str:
    """The name of a project's first ready pod of that name."""
    page.goto(f"/k8s/ns/{project}/pods?name={name}")
    expect(page.locator('#list tbody [data-label="Ready"]').first).to_have_text("1/1")
    link = page.locator('#list tbody [data-label="Name"] a', has_text=f"{name}-").first
    return link.inner_text().strip()


def walk(page: Page, source: str, to: str, port: str = "8080") -> None:
    """Ask for a walk in the form."""
    page.goto("/walk")
    page.get_by_label("From", exact=True).fill(source)
    page.get_by_label("To", exact=True).fill(to)
    page.locator("#walk-port").fill(port)
    page.get_by_role("button", name="Walk", exact=True).click()
    expect(page.locator("#walk .pf-v6-c-alert")).to_be_visible()


def verdict(page: Page) -> Locator:
    """What came of the walk."""
    return page.locator("#walk > .pf-v6-c-alert")


def cell(page: Page, source: str, to: str) -> Locator:
    """A cell of the matrix of projects."""
    return page.get_by_label(re.compile(f"^{source} to {to}:"))


def use_multitenant(page: Page) -> None:
    """Change the network plugin on the page of the cluster network."""
    page.goto("/network")
    if page.get_by_text(MULTITENANT, exact=True).count():
        return
    page.get_by_role("link", name="Change network plugin").click()
    page.get_by_label("Network plugin").select_option(MULTITENANT)
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Change to")).click()
    expect(page.locator("#network-facts")).to_contain_text(MULTITENANT)


def test_projects_are_apart_until_they_join(admin: Page) -> None:
    page = admin
    source, target = f"pod/{SHOP}/{pod_of(page, SHOP, API)}", f"pod/{DATA}/{pod_of(page, DATA, DB)}"
    calls = page.context.new_page()
    calls.goto(f"/k8s/ns/{SHOP}/deploymentconfigs/{API}/calls")
    targets = calls.get_by_role("region", name="Targets")
    expect(targets).to_contain_text("Healthy")

    use_multitenant(page)
    expect(targets).to_contain_text("Down")
    expect(targets).to_contain_text("i/o timeout")

    walk(page, source, target, DB_PORT)
    expect(verdict(page)).to_contain_text("Dropped by table 80 of br0")
    expect(page.locator(".sl-way__device--dropped")).to_contain_text("✕ dropped in table 80")
    expect(page.locator(".sl-walk__chip--end")).to_have_text("✕ br0 80")

    to_service = page.context.new_page()
    walk(to_service, source, f"service/{DATA}/{DB}", DB_PORT)
    expect(verdict(to_service)).to_contain_text("Dropped by table 80 of br0")
    expect(to_service.locator(".sl-way__device--dropped")).to_contain_text("60 → 80")

    matrix = page.context.new_page()
    matrix.goto("/reachability?level=projects")
    expect(cell(matrix, SHOP, DATA)).to_have_text("✕")
    expect(cell(matrix, DATA, SHOP)).to_have_text("✕")

    lists = page.context.new_page()
    lists.goto("/k8s/cluster/netnamespaces")
    menu = open_menu(lists, row(lists, SHOP).get_by_role("button"))
    menu.get_by_role("menuitem", name="Join another project's network").click()
    dialog(lists).get_by_label("Project to join").select_option(DATA)
    dialog(lists).get_by_role("button", name="Join").click()
    expect(lists.locator("#toasts")).to_contain_text(
        f"Project {SHOP} joined the network of {DATA}."
    )

    expect(cell(matrix, SHOP, DATA)).to_have_text("✓")
    expect(cell(matrix, DATA, SHOP)).to_have_text("✓")
    for each in (page, to_service):
        expect(verdict(each)).to_contain_text("Delivered")
        expect(each.locator(".sl-way__device--delivered")).to_contain_text("✓ delivered")
    expect(targets).not_to_contain_text("Down")
    expect(targets).to_contain_text("Healthy", timeout=60_000)
    newest = calls.get_by_role("list", name="Log", exact=True).get_by_role("listitem").first
    expect(newest).to_contain_text("Succeeded")

    cell(matrix, SHOP, DATA).click()
    expect(verdict(matrix)).to_be_visible()


def test_a_walk_to_a_service_is_stepped_through_by_keys(admin: Page, lab: Lab) -> None:
    page = admin
    project = application(lab, WEB, replicas=4)
    name = pod_of(page, project)
    page.goto(f"/k8s/ns/{project}/services/{WEB}")
    page.get_by_role("link", name="Walk here").click()
    expect(page.get_by_label("From", exact=True)).to_be_focused()
    expect(page.get_by_label("To", exact=True)).to_have_value(f"service/{project}/{WEB}")
    page.get_by_label("From", exact=True).fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#walk-from-helper")).to_contain_text("Did you mean")
    page.get_by_role("link", name=f"pod/{project}/{name}").click()
    expect(verdict(page)).to_contain_text("Delivered")
    there = page.locator("#walk > .sl-walk__steps")
    across = there.locator(".sl-walk__step", has_text="vxlan0 wraps it")
    for _ in range(20):
        if across.count():
            break
        number = page.url
        page.get_by_role("link", name="Dial again").click()
        expect(page).not_to_have_url(number)
        expect(verdict(page)).to_contain_text("Delivered")
    translated = there.locator(".sl-walk__step", has_text="--to-destination")
    expect(translated.locator(".sl-walk__changes")).to_contain_text("Destination 172.30.")
    expect(across.locator(".sl-walk__changes")).to_contain_text("VNI")
    expect(across.locator(".sl-walk__header")).to_contain_text("UDP 4789")

    chosen = page.locator('.sl-walk__step[aria-current="step"]')
    expect(page.locator("[data-walk-at]")).to_have_text(re.compile("^Step 1 of"))
    page.locator("#walk-next").click()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-walk-at]")).to_have_text(re.compile("^Step 4 of"))
    expect(chosen).to_have_attribute("id", "step-4")
    expect(chosen).to_be_in_viewport()
    expect(page.locator('.sl-walk__chip[aria-current="step"]')).to_have_attribute("href", "#step-4")
    expect(page.locator(".sl-way__device--current")).to_contain_text("br0")
    page.keyboard.press("ArrowLeft")
    expect(chosen).to_have_attribute("id", "step-3")
    page.locator(".sl-walk__chip").last.click()
    expect(chosen).to_contain_text("takes it")
    page.keyboard.press("ArrowRight")
    expect(chosen).to_contain_text("takes it")

    page.locator('.sl-walk__chip[href="#step-3"]').click()
    lab.post(f"/k8s/ns/{project}/deploymentconfigs/{WEB}/~scale", {"replicas": "5"})
    expect(page.get_by_text("kube-proxy chose among 5 endpoints.")).to_be_visible()
    expect(chosen).to_have_attribute("id", "step-3")
    expect(page.locator("[data-walk-at]")).to_have_text(re.compile("^Step 3 of"))
    page.set_viewport_size(NARROW)
    assert fits(page)


def test_the_flows_of_a_pod_go_with_it(admin: Page, lab: Lab) -> None:
    page = admin
    project = application(lab, WEB)
    name = pod_of(page, project)
    line = page.locator("#list tbody tr").first
    address = line.locator('[data-label="IP address"]').inner_text().strip()
    node = line.locator('[data-label="Node"]').inner_text().split()[-1]
    page.goto(f"/k8s/cluster/nodes/{node}")
    page.get_by_label("Sections of this object").get_by_role("link", name="Open vSwitch").click()
    page.get_by_label("Search", exact=True).fill(address)
    expect(page).to_have_url(re.compile("q="))
    flow = page.locator("#table-70 td", has_text=f"nw_dst={address}")
    expect(flow).to_be_visible()
    expect(page.locator("#ovs-ports")).to_contain_text(f"{project}/{name}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download flows").click()
    assert download.value.suggested_filename == f"{node}-br0-flows.txt"

    chains = page.context.new_page()
    chains.goto(f"/k8s/cluster/nodes/{node}/iptables?" + urlencode({"q": f"{address}:8080"}))
    expect(chains.get_by_text("DNAT --to-destination").first).to_be_visible()

    lab.post(f"/k8s/ns/{project}/deploymentconfigs/{WEB}/~delete", {"dependents": "on"})
    expect(flow).to_have_count(0)
    expect(page.locator("#ovs-ports")).to_have_count(0)
    expect(chains.get_by_text("DNAT --to-destination")).to_have_count(0)
    for each in (page, chains):
        each.set_viewport_size(NARROW)
        assert fits(each)
