"""From a path to its endpoint. A module put into `collector.protocols` is found by itself."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from collector import protocols
from collector.endpoint import Endpoint
from collector.http import Request


def _found() -> Iterator[Endpoint]:
    for module in iter_modules(protocols.__path__):
        yield from import_module(f"{protocols.__name__}.{module.name}").ENDPOINTS


ENDPOINTS = tuple(_found())


def endpoint_for(request: Request) -> Endpoint | None:
    """Return the endpoint of the request's path and note what the path names."""
    for endpoint in ENDPOINTS:
        if match := endpoint.path.fullmatch(request.path):
            request.path_parts = match.groupdict()
            return endpoint
    return None
