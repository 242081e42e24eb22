"""How every screen answers: a whole page, or the named partial that htmx asked for."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

INVALID = HTTPStatus.UNPROCESSABLE_ENTITY


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    partial: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Render the template; only its `partial` when htmx asks for that element.

    A partial has the name of the id of its root element.
    """
    htmx = getattr(request, "htmx", None)
    if partial and htmx and htmx.target == partial:
        template = f"{template}#{partial}"
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
