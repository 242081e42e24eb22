"""The shop sells without JavaScript, and tells its pages what to report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from demo import addresses, content
from demo.cart import MOST_OF_ONE
from demo.catalogue import PRODUCTS
from demo.urls import urlpatterns
from rules.models import Datastream
from rules.provisioning import create_property

PERSON = {
    "name": "Ada King Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0018",
    "city": "London",
    "postcode": "W1J 7NF",
    "country": "GB",
}


@pytest.fixture
def shop(client: Client, db: None, data_dir: Path) -> Client:
    """A visitor of the open shop; all it needs is a property and the seed's note of it."""
    addresses.write(create_property(content.PROPERTY, None))
    return client


def test_property_of_the_demos_name_alone_opens_no_shop(
    client: Client, db: None, data_dir: Path
) -> None:
    create_property(content.PROPERTY, None)
    assert client.get("/demo/").status_code == 404


def _text(response: Any) -> str:
    return str(response.content.decode())


def _tracking(response: Any) -> dict[str, Any]:
    found = re.search(r'<script id="tracking" [^>]*>(.*?)</script>', _text(response), re.DOTALL)
    assert found
    tracking: dict[str, Any] = json.loads(found[1])
    return tracking


def _types(response: Any) -> list[str]:
    return [event["xdm"]["eventType"] for event in _tracking(response)["events"]]


def _add(shop: Client, sku: str, quantity: int | str = 1) -> HttpResponse:
    return shop.post("/demo/cart/add/", {"sku": sku, "quantity": quantity}, follow=True)


def _buy(shop: Client, **changes: str) -> HttpResponse:
    return shop.post("/demo/checkout/", {**PERSON, **changes}, follow=True)


def test_front_page_shows_every_product_with_its_price(shop: Client) -> None:
    text = _text(shop.get("/demo/"))
    assert all(product.name in text and product.price in text for product in PRODUCTS)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_product_has_a_page(shop: Client, product: Any) -> None:
    response = shop.get(f"/demo/products/{product.sku}/")
    assert product.text[:20] in _text(response)
    assert _types(response) == ["web.webpagedetails.pageViews"]


def test_product_that_is_not_sold_is_not_found(shop: Client) -> None:
    assert shop.get("/demo/products/amphora/").status_code == 404
    assert shop.post("/demo/cart/add/", {"sku": "amphora"}).status_code == 404


def test_cart_adds_up(shop: Client) -> None:
    _add(shop, "teapot")
    _add(shop, "morning-mug", 2)
    text = _text(_add(shop, "morning-mug"))
    assert "€72.00" in text  # three mugs
    assert "€136.00" in text  # and the teapot
    assert "Remove" in text


def test_cart_page_reports_what_was_just_put_in(shop: Client) -> None:
    response = _add(shop, "morning-mug", 2)
    assert _types(response) == ["commerce.productListAdds", "web.webpagedetails.pageViews"]
    added = _tracking(response)["events"][0]
    assert added["xdm"]["productListItems"] == [
        {
            "SKU": "morning-mug",
            "name": "Morning mug",
            "quantity": 2,
            "priceTotal": 48.0,
            "currencyCode": "EUR",
        }
    ]
    assert added["data"] == {}


def test_what_was_put_in_is_reported_once(shop: Client) -> None:
    _add(shop, "teapot")
    assert _types(shop.get("/demo/cart/")) == ["web.webpagedetails.pageViews"]


def test_quantities_change(shop: Client) -> None:
    _add(shop, "teapot")
    response = shop.post("/demo/cart/", {"teapot": "3"}, follow=True)
    assert "€192.00" in _text(response)


@pytest.mark.parametrize("change", [{"remove": "teapot", "teapot": "1"}, {"teapot": "0"}])
def test_line_can_be_taken_out(shop: Client, change: dict[str, str]) -> None:
    _add(shop, "teapot")
    assert "nothing in it yet" in _text(shop.post("/demo/cart/", change, follow=True))


@pytest.mark.parametrize("quantity", ["", "many", "-3", "1e9", "99999999999999999999", "½"])
def test_quantity_that_cannot_be_read_changes_nothing(shop: Client, quantity: str) -> None:
    _add(shop, "teapot", 2)
    assert "€128.00" in _text(shop.post("/demo/cart/", {"teapot": quantity}, follow=True))


def test_no_one_buys_more_of_a_thing_than_there_is(shop: Client) -> None:
    _add(shop, "teapot", 8)
    assert f'value="{MOST_OF_ONE}"' in _text(_add(shop, "teapot", 8))


def test_product_that_has_left_the_catalogue_leaves_the_cart(shop: Client) -> None:
    session = shop.session
    session["demo_cart"] = {"amphora": 2}
    session.save()
    assert "nothing in it yet" in _text(shop.get("/demo/cart/"))


def test_empty_cart_cannot_be_checked_out(shop: Client) -> None:
    response = shop.get("/demo/checkout/", follow=True)
    assert response.redirect_chain == [("/demo/cart/", 302)]


def test_bad_email_is_refused_next_to_the_field(shop: Client) -> None:
    _add(shop, "teapot")
    response = shop.post("/demo/checkout/", {**PERSON, "email": "ada.example.com"})
    text = _text(response)
    assert response.status_code == 422
    field = text[text.index('for="id_email"') : text.index('for="id_phone"')]
    assert "This is not an e-mail address." in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_email_error"' in field
    assert 'value="ada.example.com"' in field


def test_refused_checkout_orders_nothing(shop: Client) -> None:
    _add(shop, "teapot")
    refused = shop.post("/demo/checkout/", {**PERSON, "country": "XX"})
    assert _types(refused) == []
    assert _types(shop.get("/demo/checkout/")) == ["web.webpagedetails.pageViews"]


def test_order_is_thanked_for_and_empties_the_cart(shop: Client) -> None:
    _add(shop, "teapot", 2)
    response = _buy(shop)
    assert response.redirect_chain == [("/demo/thanks/", 302)]  # type: ignore[attr-defined]
    assert "€128.00" in _text(response)
    assert re.search(r"LOAM-[0-9A-F]{6}", _text(response))
    assert "nothing in it yet" in _text(shop.get("/demo/cart/"))


def test_order_is_reported_with_its_customer(shop: Client) -> None:
    _add(shop, "teapot", 2)
    response = _buy(shop)
    purchase = _tracking(response)["events"][0]
    order = purchase["xdm"]["commerce"]["order"]
    assert purchase["xdm"]["eventType"] == "commerce.purchases"
    assert order["priceTotal"] == 128.0
    assert order["currencyCode"] == "EUR"
    assert order["purchaseID"] in _text(response)
    assert purchase["data"]["user"] == {
        "email": "ada@example.com",
        "phone": "+44 20 7946 0018",
        "firstName": "Ada King",
        "lastName": "Lovelace",
        "city": "London",
        "postalCode": "W1J 7NF",
        "country": "GB",
    }


def test_order_is_reported_once(shop: Client) -> None:
    _add(shop, "teapot")
    _buy(shop)
    assert _types(shop.get("/demo/thanks/")) == ["web.webpagedetails.pageViews"]


def test_customer_stays_in_no_session(shop: Client) -> None:
    _add(shop, "teapot")
    _buy(shop)
    assert "ada" not in json.dumps(dict(shop.session.items())).lower()


def test_phone_may_stay_empty(shop: Client) -> None:
    _add(shop, "teapot")
    purchase = _tracking(_buy(shop, phone=""))["events"][0]
    assert "phone" not in purchase["data"]["user"]


def test_name_of_one_word_is_a_first_name(shop: Client) -> None:
    _add(shop, "teapot")
    user = _tracking(_buy(shop, name="Ada"))["events"][0]["data"]["user"]
    assert user["firstName"] == "Ada"
    assert "lastName" not in user


def test_thanks_without_an_order_lead_to_the_shop(shop: Client) -> None:
    assert shop.get("/demo/thanks/", follow=True).redirect_chain == [("/demo/", 302)]


def test_text_of_a_visitor_cannot_end_the_script_block(shop: Client) -> None:
    _add(shop, "teapot")
    response = _buy(shop, city="</script><script>alert(1)</script>")
    assert "<script>alert" not in _text(response)
    assert _tracking(response)["events"][0]["data"]["user"]["city"].startswith("</script>")


def test_pages_report_to_the_production_datastream(shop: Client, settings: Any) -> None:
    settings.COLLECTOR_URL = "https://collect.example:8443/base"
    stream = Datastream.objects.get(environment__stage="production")
    tracking = _tracking(shop.get("/demo/"))
    assert tracking["endpoint"] == (
        f"https://collect.example:8443/base/ee/v2/interact?datastreamId={stream.public_id}"
    )


def test_pages_may_reach_the_collector_and_nothing_else(shop: Client, settings: Any) -> None:
    settings.COLLECTOR_URL = "https://collect.example:8443/base"
    policy = shop.get("/demo/").headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["connect-src"] == "'self' https://collect.example:8443"
    assert directives["script-src"] == directives["style-src"] == "'self'"


def test_every_event_has_an_id_of_its_own(shop: Client) -> None:
    ids = [_tracking(shop.get("/demo/"))["events"][0]["xdm"]["_id"] for _ in range(2)]
    assert len(set(ids)) == 2


def test_pages_are_kept_by_no_cache(shop: Client) -> None:
    assert "no-store" in shop.get("/demo/").headers["Cache-Control"]


def test_forms_need_a_token_against_forgery(shop: Client) -> None:
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/demo/cart/add/", {"sku": "teapot"}).status_code == 403


def test_shop_without_a_demo_is_closed_on_every_page(client: Client, db: None) -> None:
    for path in ("", "products/teapot/", "cart/", "checkout/", "thanks/"):
        response = client.get(f"/demo/{path}")
        assert response.status_code == 404
        assert "The demo shop is closed" in _text(response)


def test_every_page_declares_that_it_is_public() -> None:
    assert {entry.callback.declared_access for entry in urlpatterns} == {"public"}
