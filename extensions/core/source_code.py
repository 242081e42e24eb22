"""Read JavaScript just far enough to know its words, texts and signs from its comments.

It is not checked: whatever is no JavaScript gives tokens too, and never an error.

Source: ECMA-262, lexical grammar. Where a slash begins a regular expression is decided by what
stands before it, which is right for all but odd code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

Kind = Literal["word", "text", "sign", "regex", "nothing"]

_TOKEN = re.compile(
    r"""
      (?P<nothing>\s+|//[^\n\r\u2028\u2029]*|/\*.*?(?:\*/|\Z))
    | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?P<word>[\w$]+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)  # of a template
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/\w*")
# Words after which an operand follows, and no division.
_BEFORE_OPERAND = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do",
     "await", "yield", "instanceof"}
)  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<long>[0-9a-fA-F]{1,6})\}|u(?P<four>[0-9a-fA-F]{4})|x(?P<two>[0-9a-fA-F]{2})"
    r"|(?P<end>\r\n|[\n\r\u2028\u2029])|(?P<one>.))",
    re.DOTALL,
)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_HIGHEST = 0x10FFFF


class Token(NamedTuple):
    """A piece of code. A text is a whole literal, quotes included, without anything to fill in."""

    kind: Kind
    source: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.source)

    @property
    def value(self) -> str:
        """What a text means."""
        meant = _ESCAPE.sub(_character, self.source[1:-1])
        # Two escapes may make one character.
        return meant.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of code; of templates only what stands in ``${…}``, if anything does."""
    place, last = 0, None
    open_braces: list[int] = []  # in each template around, since its ``${``
    while place < len(source):
        token = _next(source, place, last)
        if token.kind == "nothing":
            place = token.end
            continue
        if token.source == "{" and open_braces:
            open_braces[-1] += 1
        elif token.source == "}" and open_braces:
            open_braces[-1] -= 1
        if token.source == "`" or (open_braces and open_braces[-1] < 0):
            token = _piece(source, place, open_braces)
        yield token
        place, last = token.end, token


def spelled(value: str, like: str) -> str:
    """Write a text as a literal in the quotes of another one."""
    quote = like[0]
    escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    if quote == "`":
        escaped = escaped.replace("${", "\\${")
    return f"{quote}{escaped}{quote}"


def _next(source: str, place: int, last: Token | None) -> Token:
    if source[place] == "/" and _takes_operand(last):
        regex = _REGEX.match(source, place)
        if regex and not source.startswith(("//", "/*"), place):
            return Token("regex", regex[0], place)
    match = _TOKEN.match(source, place)
    assert match is not None  # noqa: S101 - any sign matches
    return Token(cast(Kind, match.lastgroup), match[0], place)


def _takes_operand(last: Token | None) -> bool:
    if last is None:
        return True
    if last.kind == "sign":
        return last.source not in ")]}"
    return last.kind == "word" and last.source in _BEFORE_OPERAND


def _piece(source: str, place: int, open_braces: list[int]) -> Token:
    """Return a template, or a part of one up to what is filled in or from there on."""
    is_first = source[place] == "`"
    match = _PIECE.match(source, place + 1)
    end = match.end() if match else place + 1
    if not is_first:
        open_braces.pop()
    if source.startswith("${", end):
        open_braces.append(0)
        return Token("sign", source[place : end + 2], place)
    piece = source[place : end + 1]
    return Token("text" if is_first and source.startswith("`", end) else "sign", piece, place)


def _character(escape: re.Match[str]) -> str:
    code = escape["long"] or escape["four"] or escape["two"]
    if code:
        return chr(min(int(code, 16), _HIGHEST))
    return "" if escape["end"] else _CONTROLS.get(escape["one"], escape["one"])
