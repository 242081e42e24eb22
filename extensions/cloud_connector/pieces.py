"""Texts of a call in pieces: plain text, and the places where a secret stands.

A secret is never put into a text here. Its place is marked, and what makes the request puts it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from extensions.contract import JSON, Compiler, ComponentError, Resolver, Scope
from extensions.core.javascript import is_number, to_text
from extensions.core.secret import REFERENCE, SecretRef
from extensions.core.texts import has_token
from extensions.tokens import TOKEN, whole_token

MOST_SECRETS = 8
# Where an address holds the secrets of a call, in the order in which the call names them.
KEYS = tuple(f"secret_{number}" for number in range(1, MOST_SECRETS + 1))

FOREIGN_SECRET = (
    "A text names a secret that is not its own. "  # noqa: S105 - words
    "Put the data element of the type Secret itself into the header or the body."
)
TOO_MANY_SECRETS = f"A call may use at most {MOST_SECRETS} secrets."
UNWRITABLE = "A value has no form in JSON."


class Secret(NamedTuple):
    """The place of a secret. Inside JSON its characters are escaped."""

    reference: SecretRef
    in_json: bool = False


Piece = str | Secret
Pieces = tuple[Piece, ...]
Text = Callable[[Scope], Pieces | None]
"""Gives a text in pieces; None where it is one data element, and that has no value."""


@dataclass(slots=True)
class Secrets:
    """The secrets of one call, each under its key of the address."""

    found: dict[str, SecretRef] = field(default_factory=dict)

    def key_of(self, reference: SecretRef) -> str:
        """Return the key of a secret.

        Raises:
            ComponentError: there are too many.
        """
        for key, known in self.found.items():
            if known == reference:
                return key
        if len(self.found) == MOST_SECRETS:
            raise ComponentError(TOO_MANY_SECRETS)
        key = KEYS[len(self.found)]
        self.found[key] = reference
        return key


def compile_text(template: str, compiler: Compiler) -> Text:
    """Compile a setting that may hold tokens."""
    if whole_token(template) is not None or not has_token(template):
        value = compiler.value(template)
        return lambda scope: _pieces_of(value(scope))
    resolvers = _resolvers(template, compiler)
    return lambda scope: tuple(
        piece for resolve in resolvers for piece in _pieces_of(resolve(scope)) or ()
    )


def _resolvers(template: str, compiler: Compiler) -> list[Resolver]:
    # split() with one group gives text, name, text, name, …, text
    parts = TOKEN.split(template)
    return [
        compiler.value(f"{{{{{part}}}}}" if place % 2 else part)
        for place, part in enumerate(parts)
        if part
    ]


def _pieces_of(value: JSON) -> Pieces | None:
    if value is None:
        return None
    if isinstance(value, dict | list):
        return tuple(_written(value))
    return (_piece(value),)


def _piece(value: JSON) -> Piece:
    if isinstance(value, SecretRef):
        return Secret(value)
    if isinstance(value, str):
        return own(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return to_text(value) if is_number(value) else ""


def own(text: str) -> str:
    """Return plain text.

    Raises:
        ComponentError: it names a secret. The build did not put it there, or lost sight of it.
    """
    if "[[SE" in text and REFERENCE.search(text):
        raise ComponentError(FOREIGN_SECRET)
    return text


def compile_json(template: JSON, compiler: Compiler) -> Callable[[Scope], Pieces]:
    """Compile JSON whose texts may hold tokens; one whole token keeps its value's type."""
    resolve = _compile_value(template, compiler)
    return lambda scope: joined(_written(resolve(scope)))


def _compile_value(template: JSON, compiler: Compiler) -> Resolver:
    if isinstance(template, dict):
        members = [(key, _compile_value(value, compiler)) for key, value in template.items()]
        return lambda scope: {key: resolve(scope) for key, resolve in members}
    if isinstance(template, list):
        items = [_compile_value(item, compiler) for item in template]
        return lambda scope: [resolve(scope) for resolve in items]
    if isinstance(template, str) and whole_token(template) is None:
        return compile_text(template, compiler)  # its pieces are a tuple, which JSON has none of
    return compiler.value(template)


def _written(value: JSON) -> Iterator[Piece]:
    """Write a value as JSON, with the places of secrets."""
    if isinstance(value, SecretRef):
        yield from ('"', Secret(value, in_json=True), '"')
    elif isinstance(value, tuple):
        yield '"'
        yield from (
            _in_json(piece) if isinstance(piece, str) else Secret(piece.reference, in_json=True)
            for piece in value
        )
        yield '"'
    elif isinstance(value, dict):
        yield "{"
        for place, (key, member) in enumerate(value.items()):
            yield f'{"," if place else ""}"{_in_json(own(key))}":'
            yield from _written(member)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for place, item in enumerate(value):
            yield "," if place else ""
            yield from _written(item)
        yield "]"
    else:
        yield _json(own(value) if isinstance(value, str) else value)


def _in_json(text: str) -> str:
    return _json(text)[1:-1]


def _json(value: JSON) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits
        raise ComponentError(UNWRITABLE) from None


def joined(pieces: Iterator[Piece] | Sequence[Piece]) -> Pieces:
    """Join what is plain text and stands together."""
    made: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and made and isinstance(made[-1], str):
            made[-1] += piece
        elif piece != "":
            made.append(piece)
    return tuple(made)


def plain(pieces: Sequence[Piece], refusal: str) -> str:
    """Return the text.

    Raises:
        ComponentError: a secret is in it; `refusal` says why there may be none.
    """
    if any(isinstance(piece, Secret) for piece in pieces):
        raise ComponentError(refusal)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def kept(pieces: Sequence[Piece], secrets: Secrets) -> JSON:
    """Return the text as a payload keeps it: itself, or a list of texts and places of secrets."""
    made = joined(pieces)
    if all(isinstance(piece, str) for piece in made):
        return "".join(map(str, made))
    return [piece if isinstance(piece, str) else _place(piece, secrets) for piece in made]


def _place(secret: Secret, secrets: Secrets) -> dict[str, JSON]:
    place: dict[str, JSON] = {"secret": secrets.key_of(secret.reference)}
    return {**place, "json": True} if secret.in_json else place


def filled(text: JSON, credentials: Mapping[str, str]) -> str:
    """Put the secrets into a text of a payload.

    Raises:
        KeyError: the payload names a secret that the address does not.
    """
    if isinstance(text, str):
        return text
    return "".join(
        part if isinstance(part, str) else _filled(part, credentials) for part in text or ()
    )


def _filled(place: Mapping[str, JSON], credentials: Mapping[str, str]) -> str:
    credential = credentials[place["secret"]]
    return _in_json(credential) if place.get("json") else credential
