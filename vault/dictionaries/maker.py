"""Made-up values of the kinds that events are full of."""

from __future__ import annotations

import hashlib
import uuid
from random import Random
from typing import Any

_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.{n} Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{n} like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.{n} Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{n} like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/{v}.0.0.{n}]",
)
_SOURCES = ("google", "facebook", "instagram", "newsletter", "bing")
_MEDIA = ("cpc", "email", "organic", "paid_social", "referral")


class Maker:
    """Makes values from a seed: the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self._random = Random(seed)  # noqa: S311 - nothing is kept secret by it
        self.one_of = self._random.choice
        self.number = self._random.randint

    def perhaps(self, share: float = 0.5) -> bool:
        """Return True so often."""
        return self._random.random() < share

    def word(self, shortest: int = 3, longest: int = 10) -> str:
        """Return letters that mean nothing."""
        size = self.number(shortest, longest)
        return "".join(self.one_of("abcdefghijklmnoprstuvwyz") for _ in range(size))

    def hexadecimal(self, size: int) -> str:
        """Return so many hexadecimal digits."""
        return f"{self._random.getrandbits(4 * size):0{size}x}"

    def uuid(self) -> str:
        """Return an id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hashed(self) -> str:
        """Return what a hashed customer field looks like."""
        return hashlib.sha256(self.hexadecimal(16).encode()).hexdigest()

    def some(self, values: dict[str, Any], share: float = 0.7) -> dict[str, Any]:
        """Return some of the entries."""
        return {key: value for key, value in values.items() if self.perhaps(share)}

    def browser(self) -> str:
        """Return the name that a browser gives itself."""
        name: str = self.one_of(_BROWSERS)
        return name.format(v=self.number(100, 160), n=self.number(0, 9))

    def ip(self) -> str:
        """Return an address."""
        if self.perhaps(0.2):
            return f"2001:db8:{self.hexadecimal(4)}:{self.hexadecimal(4)}::{self.hexadecimal(4)}"
        return ".".join(str(self.number(1, 254)) for _ in range(4))

    def url(self) -> str:
        """Return the address of a page."""
        page = self.one_of(
            ("products/", "product/", "checkout/", "cart", "category/", "collections/", "blog/", "")
        )
        address = f"https://{self.one_of(('www.', 'shop.', ''))}{self.word()}.com/{page}"
        if page.endswith("/") and page:
            address += f"{self.word()}-{self.word()}"
        if self.perhaps(0.4):
            address += (
                f"?utm_source={self.source()}&utm_medium={self.one_of(_MEDIA)}"
                f"&utm_campaign={self.word()}"
            )
        if self.perhaps(0.15):
            address += f"{'&' if '?' in address else '?'}fbclid=IwAR{self.word(20, 40)}"
        return address

    def source(self) -> str:
        """Return where a visitor came from."""
        return self.one_of(_SOURCES)

    def seconds(self) -> int:
        """Return a time of these years in Unix seconds."""
        return self.number(1_750_000_000, 1_850_000_000)

    def time(self) -> str:
        """Return a time as a text."""
        return (
            f"20{self.number(25, 29)}-{self.number(1, 12):02}-{self.number(1, 28):02}"
            f"T{self.number(0, 23):02}:{self.number(0, 59):02}:{self.number(0, 59):02}"
            f".{self.number(0, 999):03}Z"
        )

    def price(self) -> float:
        """Return what something costs."""
        return self.number(1, 50_000) / 100

    def fbp(self) -> str:
        """Return a browser's id as the pixel writes it."""
        return f"fb.1.{self.seconds()}{self.number(0, 999):03}.{self.number(10**8, 2 * 10**9)}"

    def fbc(self) -> str:
        """Return a click's id as the pixel writes it."""
        return f"fb.1.{self.seconds()}{self.number(0, 999):03}.IwAR{self.word(20, 40)}"
