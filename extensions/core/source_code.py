"""Read JavaScript just far enough to know its words, texts and signs from its comments.

It is not checked: whatever is no JavaScript gives tokens too, and never an error.

Source: ECMA-262, lexical grammar. Where a slash begins a regular expression is decided by what
stands before it, and by what a bracket or brace before it belongs to: right for all but odd code.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Literal, NamedTuple, cast

Kind = Literal["word", "text", "sign", "regex", "nothing"]

_TOKEN = re.compile(
    r"""
      (?P<nothing>\s+|//[^\n\r\u2028\u2029]*|/\*.*?(?:\*/|\Z))
    | (?P<text>(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\\\n])*(?P<closed>(?P=quote))?)
    | (?P<word>[\w$]+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)  # of a template
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/\w*")  # of one line
# Words after which an operand follows, and no division.
_BEFORE_OPERAND = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do",
     "await", "yield", "instanceof"}
)  # fmt: skip
# Words before the brackets that a statement follows, and before braces that hold statements.
_HEADS = frozenset({"if", "while", "for", "with"})
_BEFORE_BLOCK = frozenset({"else", "do", "try", "finally"})
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
    return _Reading(source).tokens()


def spelled(value: str, like: str) -> str:
    """Write a text as a literal in the quotes of another one."""
    quote = like[0]
    escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    if quote == "`":
        escaped = escaped.replace("${", "\\${")
    return f"{quote}{escaped}{quote}"


class _Reading:
    """Code, and how far it has been read."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.last: Token | None = None
        self.before: Token | None = None  # the last one
        # Of each open bracket and brace, whether an operand may follow where it is closed.
        self.open: list[bool] = []
        self.is_statement_next = False  # after the bracket or brace that was closed last
        self.open_braces: list[int] = []  # in each template around, since its ``${``
        # Up to where a quote, or a slash, is known to have no counterpart: whoever looks again
        # from each of them on takes quadratic time.
        self.unclosed = dict.fromkeys("\"'/", 0)

    def tokens(self) -> Iterator[Token]:
        while self.place < len(self.source):
            token = self._next()
            self.place = token.end
            if token.kind != "nothing":
                yield token
                self._note(token)

    def _next(self) -> Token:
        token = self._regex() or self._plain()
        if token.source == "{" and self.open_braces:
            self.open_braces[-1] += 1
        elif token.source == "}" and self.open_braces:
            self.open_braces[-1] -= 1
        if token.source == "`" or (self.open_braces and self.open_braces[-1] < 0):
            return self._piece()
        return token

    def _regex(self) -> Token | None:
        source, place = self.source, self.place
        if source[place] != "/" or not self._takes_operand() or place < self.unclosed["/"]:
            return None
        if source.startswith(("//", "/*"), place):
            return None
        regex = _REGEX.match(source, place)
        if regex is not None:
            return Token("regex", regex[0], place)
        line_end = source.find("\n", place)
        self.unclosed["/"] = len(source) if line_end < 0 else line_end
        return None

    def _plain(self) -> Token:
        source, place = self.source, self.place
        sign = source[place]
        if place < self.unclosed.get(sign, 0):
            return Token("sign", sign, place)
        match = _TOKEN.match(source, place)
        assert match is not None  # noqa: S101 - any sign matches
        if match["quote"] and not match["closed"]:
            self.unclosed[sign] = match.end()
            return Token("sign", sign, place)
        return Token(cast(Kind, match.lastgroup), match[0], place)

    def _note(self, token: Token) -> None:
        if token.source == "(":
            self.open.append(self._is_after(_HEADS))
        elif token.source == "{":
            self.open.append(self._begins_block())
        elif token.source in (")", "}"):
            self.is_statement_next = self.open.pop() if self.open else False
        self.before, self.last = self.last, token

    def _takes_operand(self) -> bool:
        last = self.last
        if last is None:
            return True
        if last.kind != "sign":
            return last.kind == "word" and self._is_after(_BEFORE_OPERAND)
        if last.source in (")", "}"):
            return self.is_statement_next
        # What is counted up or down is a number, and so is divided.
        return not (last.source == "]" or last.source.endswith("`") or self._is_doubled("+-"))

    def _is_after(self, words: Container[str]) -> bool:
        """Whether the last token is one of the words, and not the name of a member."""
        is_member = self.before is not None and self.before.source == "."
        return self.last is not None and self.last.source in words and not is_member

    def _begins_block(self) -> bool:
        last, before = self.last, self.before
        if last is None or last.source in (";", "{", "}", ")"):
            return True
        is_arrow = last.source == ">" and before is not None and before.source == "="
        return is_arrow or self._is_after(_BEFORE_BLOCK)

    def _is_doubled(self, signs: str) -> bool:
        last, before = self.last, self.before
        if last is None or before is None or last.source not in signs:
            return False
        return before.source == last.source and before.end == last.start

    def _piece(self) -> Token:
        """Return a template, or a part of one up to what is filled in or from there on."""
        source, place = self.source, self.place
        is_first = source[place] == "`"
        match = _PIECE.match(source, place + 1)
        end = match.end() if match else place + 1
        if not is_first:
            self.open_braces.pop()
        if source.startswith("${", end):
            self.open_braces.append(0)
            return Token("sign", source[place : end + 2], place)
        piece = source[place : end + 1]
        is_whole = is_first and source.startswith("`", end)
        return Token("text" if is_whole else "sign", piece, place)


def _character(escape: re.Match[str]) -> str:
    code = escape["long"] or escape["four"] or escape["two"]
    if code:
        return chr(min(int(code, 16), _HIGHEST))
    return "" if escape["end"] else _CONTROLS.get(escape["one"], escape["one"])
