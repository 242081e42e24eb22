"""Rules every template of the product keeps."""

from __future__ import annotations

import re
from pathlib import Path

from capi_admin.styleguide import icon_names
from capi_admin.templatetags.look import STATUSES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_INLINE = re.compile(
    r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|\shx-on|<script(?![^>]*\ssrc=)|javascript:", re.I
)
_ICON = re.compile(r'components/icon\.html" with name="([\w-]+)"|\bicon="([\w-]+)"')
_PARAMETER = re.compile(r"{%.*?%}", re.S)


def test_no_template_holds_what_the_content_security_policy_blocks() -> None:
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in TEMPLATES
        if (match := _INLINE.search(_PARAMETER.sub("", path.read_text())))
    }
    assert found == {}


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    used = {
        first or second for path in TEMPLATES for first, second in _ICON.findall(path.read_text())
    }
    assert used - set(icon_names()) == set()


def test_every_status_has_an_icon_in_the_sprite() -> None:
    assert {status.icon for status in STATUSES.values()} - set(icon_names()) == set()


def test_template_names_no_address_outside_the_product() -> None:
    outside = re.compile(r"(?:src|href|action)=\"(?:https?:)?//", re.I)
    assert [str(p.relative_to(ROOT)) for p in TEMPLATES if outside.search(p.read_text())] == []
