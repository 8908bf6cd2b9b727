"""Nodes and the cluster network: which pod holds which address, live."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config
from tests.e2e.pages import addresses, cell, row


def test_nodes_show_their_role_subnet_and_pods(page: Page) -> None:
    page.goto("/k8s/cluster/nodes")
    expect(row(page, "master")).to_contain_text("10.128.0.0/23")
    expect(row(page, "node-1")).to_contain_text("10.129.0.0/23")
    expect(row(page, "node-2")).to_contain_text("10.130.0.0/23")
    expect(cell(row(page, "node-1"), "Status")).to_contain_text("Ready")
    page.get_by_role("link", name="node-1", exact=True).first.click()
    expect(page.locator("#page-header")).to_contain_text("node-1")
    page.get_by_label("Sections of this object").get_by_role("link", name="Pods").click()
    held = page.locator('#tab-content [data-label="IP address"]')
    expect(held.first).to_contain_text("10.129.")


def test_the_map_shows_a_pods_address_and_loses_it_again(
    page: Page, project: str, lab: Lab
) -> None:
    page.goto("/network")
    expect(page.locator("#network-facts")).to_contain_text("10.128.0.0/14")
    expect(page.locator("#network-facts")).to_contain_text("172.30.0.0/16")
    other = page.context.new_page()
    other.goto(f"/k8s/ns/{project}/pods")
    lab.apply(project, deployment_config("mapped"))
    expect(cell(row(other, "mapped-1-"), "Ready")).to_have_text("1/1")
    address = addresses(other)[0]
    held = page.get_by_role("link", name=address)
    expect(held).to_be_visible()
    expect(held).to_have_class("sl-subnet__cell sl-subnet__cell--pod")
    expect(page.locator('[data-label="Address"]').get_by_text(address, exact=True)).to_be_visible()
    lab.post(f"/k8s/ns/{project}/deploymentconfigs/mapped/~delete", {"dependents": "on"})
    expect(held).to_have_count(0)
    expect(page.locator('[data-label="Address"]').get_by_text(address, exact=True)).to_have_count(0)


def test_a_cell_of_the_map_leads_to_its_pod(page: Page) -> None:
    page.goto("/network")
    cells = page.locator("#map-node-1 a.sl-subnet__cell--pod")
    pod = cells.first.get_attribute("aria-label") or ""
    cells.first.click()
    expect(page.locator("#page-header")).to_contain_text("P")
    address = page.locator("#tab-content").get_by_text("10.129.").first
    expect(address).to_be_visible()
    assert address.inner_text() in pod
