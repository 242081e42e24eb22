"""The pages of the demo shop. They work with plain forms; scripts only report what happens."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demo import tracking
from demo.cart import MOST_OF_ONE, Cart, Line
from demo.catalogue import BY_SKU, PRODUCTS, Product, money
from demo.forms import CheckoutForm
from demo.storefront import ShopRequest, in_shop, send_with_next_page, shop_page

INVALID = 422
_ORDER = "demo_order"
_LONGEST_NUMBER = 4
_BESIDE = 3  # other products shown under one


@require_safe
@in_shop
def shop(request: ShopRequest) -> HttpResponse:
    """Show everything there is."""
    context = {"products": PRODUCTS, "page": "shop"}
    return shop_page(request, "demo/shop.html", context, [tracking.page_view("Shop")])


@require_safe
@in_shop
def product(request: ShopRequest, sku: str) -> HttpResponse:
    """Show one product."""
    shown = _product(sku)
    others = [other for other in PRODUCTS if other is not shown][:_BESIDE]
    context = {"product": shown, "others": others, "quantities": range(1, MOST_OF_ONE + 1)}
    return shop_page(request, "demo/product.html", context, [tracking.page_view(shown.name)])


@require_POST
@in_shop
def add(request: ShopRequest) -> HttpResponse:
    """Put a product into the cart."""
    line = Line(_product(request.POST.get("sku", "")), _quantity(request, "quantity", 1) or 1)
    Cart(request.session).add(line.product, line.quantity)
    send_with_next_page(request, tracking.product_list_add(line))
    return redirect("demo:cart")


@require_http_methods(["GET", "HEAD", "POST"])
@in_shop
def cart(request: ShopRequest) -> HttpResponse:
    """Show the cart, or change its quantities."""
    if request.method == "POST":
        _update(request, Cart(request.session))
        return redirect("demo:cart")
    context = {"most": MOST_OF_ONE, "page": "cart"}
    return shop_page(request, "demo/cart.html", context, [tracking.page_view("Cart")])


@require_http_methods(["GET", "HEAD", "POST"])
@in_shop
def checkout(request: ShopRequest) -> HttpResponse:
    """Ask who buys, and take the order."""
    if not Cart(request.session).lines:
        return redirect("demo:cart")
    form = CheckoutForm(request.POST or None)
    if request.method != "POST":
        seen = [tracking.page_view("Checkout")]
        return shop_page(request, "demo/checkout.html", {"form": form}, seen)
    if not form.is_valid():
        return shop_page(request, "demo/checkout.html", {"form": form}, [], status=INVALID)
    _place_order(request, form)
    return redirect("demo:thanks")


@require_safe
@in_shop
def thanks(request: ShopRequest) -> HttpResponse:
    """Thank for the last order."""
    order: dict[str, Any] | None = request.session.get(_ORDER)
    if order is None:
        return redirect("demo:shop")
    return shop_page(request, "demo/thanks.html", {"order": order}, [tracking.page_view("Thanks")])


def _place_order(request: ShopRequest, form: CheckoutForm) -> None:
    cart = Cart(request.session)
    order = tracking.Order(_new_order_id(), cart.lines, tracking.user(form.cleaned_data))
    send_with_next_page(request, tracking.purchase(order))
    request.session[_ORDER] = {"id": order.id, "price": money(order.cents)}
    cart.empty()


def _new_order_id() -> str:
    return f"LOAM-{secrets.token_hex(3).upper()}"


def _update(request: ShopRequest, cart: Cart) -> None:
    removed = request.POST.get("remove")
    for line in cart.lines:
        sku = line.product.sku
        cart.put(line.product, 0 if sku == removed else _quantity(request, sku, line.quantity))


def _product(sku: str) -> Product:
    if sku not in BY_SKU:
        raise Http404(f"The shop has no {sku[:40]!r}.")
    return BY_SKU[sku]


def _quantity(request: ShopRequest, field: str, otherwise: int) -> int:
    text = request.POST.get(field, "").strip()
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else otherwise
