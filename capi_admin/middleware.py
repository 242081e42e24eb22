"""What no page of the admin takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.defaults import bad_request


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 400 to a NUL character in an address or a form: PostgreSQL stores none."""

    def answer(request: HttpRequest) -> HttpResponse:
        if _has_nul((request.GET, request.POST)):
            return bad_request(request, ValueError("NUL"))
        return get_response(request)

    return answer


def _has_nul(dictionaries: Iterable[QueryDict]) -> bool:
    return any(
        "\0" in text
        for posted in dictionaries
        for name, values in posted.lists()
        for text in (name, *values)
    )
