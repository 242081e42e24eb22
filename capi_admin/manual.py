"""The docs in the product: the Markdown pages of docs/, for whoever is signed in.

They are read as they stand in the deployment, so they tell of its version and need no network.
A package that was added to the deployment has no file there: its pages are made when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import NamedTuple

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from capi_admin.reference.catalog import PAGES
from capi_admin.reference.parts import PARTS
from rules.access import AdminRequest, for_anyone_signed_in

_DOCS: Path = settings.BASE_DIR / "docs"
_COMMENT = re.compile(r"^<!-- .* -->\n", re.MULTILINE)
_NOT_IN_A_NAME = re.compile(r"[^\w\- ]")
_ELSEWHERE = re.compile(r"[a-z]+:")


class Read(NamedTuple):
    """A page as it is shown: its heading, and what stands below."""

    title: str
    body: SafeString


@require_safe
@for_anyone_signed_in
def manual(request: AdminRequest, page: str) -> HttpResponseBase:
    """Show a page of the docs, or an image of one.

    Raises:
        Http404: there is none of this name.
    """
    image = _images().get(page)
    if image is not None:
        return FileResponse(image.open("rb"), content_type="image/png")
    text = _text(page)
    if text is None:
        raise Http404("There is no such page in the docs.")
    shown = read(page, text)
    answer: HttpResponse = render(request, "manual.html", {"page": shown}, status=HTTPStatus.OK)
    return answer


@require_safe
@for_anyone_signed_in
def contents(request: AdminRequest) -> HttpResponse:
    """List the pages that tell of the whole product."""
    lines = [f"- [{title}]({name})" for title, name in sorted(_chapters())]
    shown = read("", "# Docs\n\n" + "\n".join(lines))
    return render(request, "manual.html", {"page": shown, "is_index": True})


def _chapters() -> Iterator[tuple[str, str]]:
    """Yield heading and name of the pages that stand in no folder."""
    for name, file in _found("*.md").items():
        if "/" not in name:
            yield file.read_text().partition("\n")[0].removeprefix("# "), name


def read(page: str, text: str) -> Read:
    """Return Markdown as HTML; links between pages lead to their addresses in the product.

    What is no Markdown is shown as text: no page brings HTML of its own.
    """
    tokens = _parser().parse(_COMMENT.sub("", text))
    _mark_headings(tokens)
    for token in _inside(tokens):
        _lead(token, page)
    title = _title(tokens)
    body = tokens[3:] if title else tokens
    html = _parser().renderer.render(body, _parser().options, {})
    return Read(title or page, mark_safe(html))  # noqa: S308 - our own pages, and HTML is off


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    # A wide table is scrolled by itself, with the keyboard too.
    rules = made.renderer.rules  # type: ignore[attr-defined]
    rules["table_open"] = lambda *_: '<div class="prose-table" tabindex="0"><table>'
    rules["table_close"] = lambda *_: "</table></div>"
    return made


def _text(page: str) -> str | None:
    """Return the Markdown of a page; None if there is none."""
    file, name = _found("*.md").get(f"{page}.md"), f"{page}.md"
    if file is not None:
        return file.read_text()
    return PARTS[PAGES[name]]() if name in PAGES else None


def _images() -> dict[str, Path]:
    return _found("images/*.png")


def _found(pattern: str) -> dict[str, Path]:
    """Return the files of the docs by name: no other file is ever opened."""
    return {found.relative_to(_DOCS).as_posix(): found for found in _DOCS.rglob(pattern)}


def _is_there(name: str) -> bool:
    return name in PAGES or name in _found("*.md") or name in _images()


def _title(tokens: Sequence[Token]) -> str:
    """Return the heading with which a page begins; empty if it begins otherwise."""
    if len(tokens) > 1 and tokens[0].tag == "h1":
        return tokens[1].content
    return ""


def _mark_headings(tokens: Sequence[Token]) -> None:
    """Give headings the names by which links reach them, as GitHub does."""
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            plain = _NOT_IN_A_NAME.sub("", content.content.lower())
            opening.attrSet("id", plain.replace(" ", "-"))


def _inside(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _inside(token.children or ())


def _lead(token: Token, page: str) -> None:
    """Lead a link, or an image, to where it is in the product."""
    name = {"link_open": "href", "image": "src"}.get(token.type)
    if name is None:
        return
    target = str(token.attrGet(name) or "")
    if _ELSEWHERE.match(target):
        token.attrSet("target", "_blank")
        token.attrSet("rel", "noopener noreferrer")
        return
    path, _, anchor = target.partition("#")
    if not path:
        return
    found = normpath(join(dirname(page), path))
    if not _is_there(found):
        del token.attrs[name]  # a folder, or what stands beside the docs: text is left of it
        return
    address = reverse("docs", args=[found.removesuffix(".md")])
    token.attrSet(name, f"{address}#{anchor}" if anchor else address)
