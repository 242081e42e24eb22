"""The docs in the product: every page opens, and its links lead to others."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from capi_admin.manual import read
from capi_admin.reference import catalog
from capi_admin.reference.parts import PARTS
from extensions import pages, registry
from tests.docs.pages import DOCS
from tests.rules.making import COMPARISON, PATH

pytestmark = pytest.mark.django_db

NAMES = sorted(page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md"))
HREF = re.compile(r'(?:href|src)="(/docs/[^"#]+)(?:#([^"]+))?"')


def shown(client: Client, page: str) -> str:
    return str(client.get(reverse("docs", args=[page])).content.decode())


@pytest.mark.parametrize("name", NAMES)
def test_page_opens_and_its_links_lead_to_pages_and_headings(
    name: str, admin_client: Client
) -> None:
    article = shown(admin_client, name).split("<article")[1].split("</article>")[0]
    assert "&lt;!--" not in article
    for address, anchor in HREF.findall(article):
        if address.endswith(".png"):
            continue  # see below
        answer = admin_client.get(address)
        assert answer.status_code == 200, address
        if anchor:
            assert f'id="{anchor}"' in answer.content.decode(), (address, anchor)


def test_page_begins_with_its_heading_and_says_it_once(admin_client: Client) -> None:
    told = shown(admin_client, pages.of_delegate(COMPARISON))
    assert re.findall(r"<h1>\s*(.+?)\s*</h1>", told) == ["Value Comparison"]


def test_image_of_a_page_is_served(admin_client: Client) -> None:
    image = next(DOCS.glob("images/*.png"))
    answer = admin_client.get(reverse("docs", args=[f"images/{image.name}"]))
    assert answer["Content-Type"] == "image/png"
    assert b"".join(answer) == image.read_bytes()


@pytest.mark.parametrize("name", ["gone", "../README", "..%2FREADME", "extensions/", "/etc/passwd"])
def test_what_is_no_page_is_not_found(name: str, admin_client: Client) -> None:
    assert admin_client.get(f"/docs/{name}").status_code == 404


def test_page_of_a_package_that_was_added_is_made_when_asked_for(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(catalog.PAGES, "extensions/guest/README.md", "package guest")
    monkeypatch.setitem(PARTS, "package guest", lambda: "# Guest\n\nIts *words*.")
    told = shown(admin_client, "extensions/guest/README")
    assert "<em>words</em>" in told


def test_page_brings_no_html_of_its_own() -> None:
    body = read("page", "# Title\n\n<script>x</script> [go](javascript:x)\n").body
    assert "<script" not in body
    assert "href" not in body


@pytest.mark.parametrize(
    ("page", "target", "address"),
    [
        (
            "extensions/core/README",
            "actions/custom-code.md",
            "/docs/extensions/core/actions/custom-code",
        ),
        ("extensions/core/conditions/consent", "../../../meta.md#a", "/docs/meta#a"),
        ("meta", "images/event.png", "/docs/images/event.png"),
        ("meta", "#below", "#below"),
        ("meta", "https://example.com/", "https://example.com/"),
    ],
)
def test_link_leads_to_the_address_of_its_page(page: str, target: str, address: str) -> None:
    assert f'href="{address}"' in read(page, f"[x]({target})").body


def test_link_to_what_is_no_page_is_text() -> None:
    body = read("first-event", "[x](../README.md) [y](decisions/) ![z](../x.png)").body
    assert "href" not in body
    assert "src" not in body


@pytest.mark.parametrize("delegate_id", [COMPARISON, PATH])
def test_form_tells_what_its_type_does_and_leads_to_its_page(
    delegate_id: str, property_: object, admin_client: Client
) -> None:
    delegate = registry.delegate(delegate_id)
    public_id = property_.public_id  # type: ignore[attr-defined]
    address = reverse("rules:new_data_element", args=[public_id])
    if delegate_id == COMPARISON:
        admin_client.post(reverse("rules:new_rule", args=[public_id]), {"add": "condition"})
        made = admin_client.post(
            reverse("rules:new_rule", args=[public_id]), {"name": "R", "add": "condition"}
        )
        address = made["Location"]
    told = admin_client.get(f"{address}?delegate={delegate_id}").content.decode()
    assert delegate.description in told
    assert f'href="{reverse("docs", args=[pages.of_delegate(delegate_id)])}"' in told


def test_index_lists_the_pages_and_every_page_leads_to_it(admin_client: Client) -> None:
    index = admin_client.get("/docs/").content.decode()
    assert 'href="/docs/extensions"' in index
    assert 'href="/docs/replay"' in index
    assert '<li><a href="/docs/">Docs</a></li>' in shown(admin_client, "replay")
    assert '<a href="/docs/">Docs</a>' in admin_client.get("/").content.decode()
