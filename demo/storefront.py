"""What every page of the shop has: the door anyone may use, and the datastream it reports to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from delivery.models import Event
from demo import addresses, content, tracking
from demo.cart import Cart
from rules.models import Datastream

View = Callable[..., HttpResponseBase]

_PENDING = "demo_pending"
_NO_ID = uuid.UUID(int=0)


class ShopRequest(HttpRequest):
    """A request as the shop's views see it."""

    datastream: Datastream


def production_datastream() -> Datastream | None:
    """Return where the demo's events go; None where no demo was seeded."""
    streams = Datastream.objects.select_related("environment__property")
    return streams.filter(public_id=addresses.datastream_id()).first()


def in_shop(view: View) -> View:
    """Open a page of the shop to everyone, with `request.datastream`; 404 without a demo."""

    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.datastream = production_datastream()
        if request.datastream is None:
            return render(request, "demo/closed.html", {"name": content.PROPERTY}, status=404)
        # The page's script posts to the collector, which is another origin than the page's.
        reporting = csp_update({"connect-src": [_collector_origin()]})(view)
        return reporting(request, *args, **kwargs)

    # The cart and the events are of this moment, so no cache may give them back later.
    page: View = login_not_required(never_cache(opened))
    page.declared_access = "public"  # type: ignore[attr-defined]  # a test asks for it
    return page


def shop_page(
    request: ShopRequest,
    template: str,
    context: Mapping[str, Any],
    events: Sequence[tracking.Event],
    status: int = 200,
) -> HttpResponse:
    """Render a page that sends the events, after those that waited for a page to send them."""
    waiting = request.session.pop(_PENDING, [])
    shown = {
        "cart": Cart(request.session),
        "property": request.datastream.environment.property,
        "tracking": _tracking(request.datastream, [*waiting, *events]),
        **context,
    }
    return render(request, template, shown, status=status)


def send_with_next_page(request: ShopRequest, event: tracking.Event) -> None:
    """Keep an event for the page that the answer to a form leads to."""
    request.session[_PENDING] = [*request.session.get(_PENDING, []), event]


def _tracking(datastream: Datastream, events: Sequence[tracking.Event]) -> dict[str, Any]:
    """Return what the page's script needs to know."""
    any_event = Event(id=_NO_ID, property=datastream.environment.property)
    return {
        "endpoint": f"{settings.COLLECTOR_URL}/ee/v2/interact?datastreamId={datastream.public_id}",
        "eventUrl": any_event.get_absolute_url(),
        "noId": _NO_ID.hex,
        "events": events,
    }


def _collector_origin() -> str:
    # A source with a path would match that one address only.
    parts = urlsplit(settings.COLLECTOR_URL)
    return f"{parts.scheme}://{parts.netloc}"
