"""Customer information and consent."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import JSON, Notice, Problem, Settings
from extensions.meta.checks.reading import has_token, is_given, said_of_a_setting, text
from extensions.meta.fields import BY_KEY, USER_FIELDS, UserField
from extensions.meta.user_data import convert, country_of
from extensions.meta.values import Context, as_text

_PARTNERS = ("partnerName", "partnerId")
_COUNTRY = BY_KEY["country"].setting
_PHONE = BY_KEY["ph"]
_NATIONAL_DIGITS = range(4, 16)


def _partners(settings: Settings) -> Iterator[Problem]:
    missing = [key for key in _PARTNERS if not text(settings, key)]
    if len(missing) == 1:
        yield Problem(missing[0], "Please specify both partner fields or neither.")


def _consent(settings: Settings) -> Iterator[Problem]:
    if is_given(settings, "consent") and not has_token(settings.get("consent")):
        yield Problem(
            "consent",
            "Every event will have this same answer. Use a data element.",
            "warning",
        )
    if is_given(settings, "consentPurpose") and not is_given(settings, "consent"):
        yield Problem(
            "consent", "Without a data element here, the purpose is never looked at.", "warning"
        )


def _values(settings: Settings) -> Iterator[Problem]:
    country = settings.get(_COUNTRY)
    context = Context("" if has_token(country) else country_of(country))
    for field in USER_FIELDS:
        template = settings.get(field.setting)
        values = template if isinstance(template, list) else [template]
        fixed = (value for value in values if not has_token(value))
        # Two values with one mistake need one remark.
        yield from dict.fromkeys(
            problem for value in fixed for problem in _about_value(field, value, context)
        )


def _about_value(field: UserField, value: JSON, context: Context) -> Iterator[Problem]:
    if field is _PHONE and not context.country and _may_be_national(as_text(value) or ""):
        return
    notices: list[Notice] = []
    is_left_out = convert(field, value, context, notices) is None
    for notice in notices:
        words = said_of_a_setting(notice.message)
        yield Problem(field.setting, words, "error" if is_left_out else "warning")


def _may_be_national(number: str) -> bool:
    """Whether the default country of the extension, which no action knows, may complete it."""
    return "+" not in number and sum(map(str.isdigit, number)) in _NATIONAL_DIGITS


CHECKS = (_partners, _consent, _values)
