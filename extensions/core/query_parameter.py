"""Data element: a parameter of the query of a URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

from extensions.contract import JSON, Compiler, Delegate, Problem, Resolver, Scope, Settings
from extensions.core.path import reader
from extensions.core.texts import shown, storable

_page = reader(("xdm", "web", "webPageDetails", "URL"))
_PAGE, _ELEMENT = "page", "element"
_FIRST, _ALL = "first", "all"


def values(url: JSON, is_wanted: Callable[[str], bool]) -> Iterator[str]:
    """Yield the values of the parameters of a URL whose decoded name is wanted, decoded once.

    Source: the WHATWG URL standard, application/x-www-form-urlencoded parsing.
    """
    if not isinstance(url, str):
        return
    query = url.partition("#")[0].partition("?")[2]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair and is_wanted(unquote_plus(name)):
            yield storable(unquote_plus(value))


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the first value, or the list of all."""
    is_wanted = _wanted(settings["name"], settings.get("caseInsensitive", False))
    url = _url(settings, compiler)
    if settings.get("values") == _ALL:
        return lambda scope: list(values(url(scope), is_wanted)) or None
    return lambda scope: next(values(url(scope), is_wanted), None)


def _wanted(name: str, ignore_case: bool) -> Callable[[str], bool]:
    if not ignore_case:
        return lambda found: found == name
    lower = name.lower()
    return lambda found: found.lower() == lower


def _url(settings: Settings, compiler: Compiler) -> Resolver:
    if settings.get("source") == _ELEMENT:
        return compiler.value(settings.get("url", ""))

    def page(scope: Scope) -> JSON:
        return _page(scope.event)

    return page


def check(settings: Settings) -> Iterator[Problem]:
    """Find a URL that is asked for and missing."""
    if settings.get("source") == _ELEMENT and not settings.get("url"):
        yield Problem("url", "Please specify a URL, or a data element that gives one.")


def summarise(settings: Settings) -> str:
    """Say which parameter of which URL."""
    name = shown(settings.get("name"))
    if settings.get("source") == _ELEMENT:
        return f"query parameter {name} of {shown(settings.get('url'))}"
    return f"query parameter {name} of the page"


QUERY_PARAMETER = Delegate(
    id="core::dataElements::query-string-parameter",
    name="Query Parameter",
    description="A parameter of a URL, such as utm_source. It is decoded once.",
    schema={
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "title": "Parameter Name",
                "ui": {
                    "picker": False,
                    "placeholder": "utm_source",
                    "error": "Please specify the name of a parameter.",
                },
            },
            "caseInsensitive": {
                "type": "boolean",
                "title": "Case insensitive",
                "description": "UTM_Source is taken for utm_source.",
                "ui": {"widget": "checkbox"},
            },
            "source": {
                "type": "string",
                "title": "Read it from",
                "enum": [_PAGE, _ELEMENT],
                "default": _PAGE,
                "ui": {
                    "widget": "select",
                    "options": [
                        [_PAGE, "The page's URL (xdm.web.webPageDetails.URL)"],
                        [_ELEMENT, "Another URL"],
                    ],
                },
            },
            "url": {
                "type": "string",
                "minLength": 1,
                "title": "URL",
                "ui": {
                    "placeholder": "{{Referrer}}",
                    "show_if": {"field": "source", "in": [_ELEMENT]},
                    "required_if": {"field": "source", "in": [_ELEMENT]},
                },
            },
            "values": {
                "type": "string",
                "title": "If it is there more than once",
                "enum": [_FIRST, _ALL],
                "default": _FIRST,
                "ui": {
                    "widget": "select",
                    "options": [[_FIRST, "Take the first value"], [_ALL, "Give a list of all"]],
                },
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
