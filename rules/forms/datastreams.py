"""The form of a datastream: who may post to it, and how much."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from django import forms

from rules.models import Datastream

_MOST_ORIGINS = 100
_MOST_PER_SECOND = 1_000_000
_MOST_PER_DAY = 10_000_000_000
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


class OriginsField(forms.CharField):
    """Origins, one to a line; a list in Python."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"})
        super().__init__(required=False, max_length=20_000, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """Write a list down as lines; what was typed stays as it was."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return each origin once, as a browser writes it.

        Raises:
            ValidationError: a line is no origin, or there are too many.
        """
        lines = [line.strip() for line in super().clean(value).splitlines()]
        origins = list(dict.fromkeys(_origin(line) for line in lines if line))
        if len(origins) > _MOST_ORIGINS:
            raise forms.ValidationError(f"Please name at most {_MOST_ORIGINS} origins.")
        return origins

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lines, not their text."""
        return super().has_changed(self.prepare_value(initial), data)


class DatastreamForm(forms.ModelForm[Datastream]):
    """Who may post, and how much."""

    allowed_origins = OriginsField(
        label="Allowed Origins",
        help_text="One to a line, such as https://www.example.com. A browser may post from pages "
        "of these only. Empty: from any page.",
    )

    class Meta:
        model = Datastream
        fields = [
            "name", "enabled", "allowed_origins", "requires_key", "rate_limit", "burst",
            "daily_cap",
        ]  # fmt: skip
        labels = {
            "enabled": "Takes events",
            "requires_key": "Ask for a server key",
            "rate_limit": "Events per Second",
            "burst": "Events at Once",
            "daily_cap": "Events per Day",
        }
        help_texts = {
            "requires_key": "Whoever posts from none of the allowed origins, such as a server, has "
            "to send one of the keys below. With an allowed origin this keeps nobody out: any "
            "program can name that origin as its own. Only without allowed origins does every "
            "sender need a key.",
            "rate_limit": "In the long run. More is refused with 429. Empty: as many as come.",
            "burst": "How many may come at once before that. Empty: those of one second.",
            "daily_cap": "From midnight to midnight in UTC. Empty: as many as come.",
        }
        error_messages = {"name": {"required": "Please specify a name."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, most in (
            ("rate_limit", _MOST_PER_SECOND),
            ("burst", _MOST_PER_SECOND),
            ("daily_cap", _MOST_PER_DAY),
        ):
            widget = self.fields[name].widget
            widget.attrs |= {"min": 1, "max": most, "inputmode": "numeric"}

    def clean_rate_limit(self) -> int | None:
        """Bound it."""
        return self._bounded("rate_limit", _MOST_PER_SECOND)

    def clean_burst(self) -> int | None:
        """Bound it."""
        return self._bounded("burst", _MOST_PER_SECOND)

    def clean_daily_cap(self) -> int | None:
        """Bound it."""
        return self._bounded("daily_cap", _MOST_PER_DAY)

    def clean(self) -> dict[str, Any]:
        """Refuse a burst that no rate refills."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("burst") and not cleaned.get("rate_limit") and "rate_limit" in cleaned:
            self.add_error("burst", "This counts only together with events per second.")
        return cleaned

    def _bounded(self, name: str, most: int) -> int | None:
        value: int | None = self.cleaned_data[name]
        if value is not None and not 1 <= value <= most:
            raise forms.ValidationError(f"Please enter a number from 1 to {most:,}, or nothing.")
        return value


def _origin(line: str) -> str:
    """Return the origin a person typed, as a browser writes it.

    Raises:
        ValidationError: it is none.
    """
    wrong = forms.ValidationError(
        f"“{line[:100]}” is no origin. Write it like https://www.example.com, without a path."
    )
    try:
        parts = urlsplit(line.lower().rstrip("/"))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    more = parts.path or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in {"https", "http"} or more or not _is_host(host):
        raise wrong
    usual = {"https": 443, "http": 80}[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, usual} else "")


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST.fullmatch(host) is not None
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
