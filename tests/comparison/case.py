"""What is compared: an input, what ours makes of it, what Meta's library does, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extensions.meta import vocabulary as meta

NOTHING = None  # the key is left out


@dataclass(frozen=True)
class Raises:
    """What a library does with a value instead of answering: the event is lost."""

    error: str


@dataclass(frozen=True)
class Why:
    """Why ours differs. `page` is Meta's that says so; empty where its pages are silent."""

    words: str
    page: str = ""


@dataclass(frozen=True)
class Case:
    """One input. With `why`, the outcomes differ; without, `theirs` is the same as `ours`.

    `key` is Meta's name of the field. Outcomes of hashed fields stand here as they are before
    they are hashed. `country` is that of the event.
    """

    key: str
    given: Any
    ours: Any
    theirs: Any = field(default=...)
    why: Why | None = None
    country: str = ""

    @property
    def of_theirs(self) -> Any:
        """What Meta's library makes of the input."""
        return self.ours if self.theirs is ... else self.theirs

    @property
    def label(self) -> str:
        """The case in a test's name."""
        return f"{self.key}-{self.given!r}"


@dataclass(frozen=True)
class Visit:
    """A request of a visitor, from which fbc and fbp come."""

    url: str = "https://www.shop.example/p"
    referrer: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Name what is special about it."""
        parts = [f"{name} {value}" for name, value in self.cookies.items()]
        parts += [self.url] if "fbclid" in self.url or not parts else []
        parts += [f"referrer {self.referrer}"] if self.referrer else []
        return ", ".join(parts)


CUSTOMER = meta.DOCS_CUSTOMER_INFORMATION
CUSTOM_DATA = meta.DOCS_CUSTOM_DATA
CLICK = meta.DOCS_CLICK_AND_BROWSER_ID
SERVER_EVENT = meta.DOCS_SERVER_EVENT

LEFT_OUT = Why(
    "The library raises an exception and the event is lost. Here only the bad value is left out, "
    "with a warning. Meta's pages do not say what to do with one."
)
