"""The settings of the installed extension."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Problem, Settings
from extensions.meta import phone
from extensions.meta.address import is_dataset, is_partner_agent, is_version
from extensions.meta.checks.reading import has_token, text
from extensions.meta.sample import is_test_code

_STAGES = ("development", "staging", "production")


def check(settings: Settings) -> Iterator[Problem]:
    """Find what is wrong with the settings of the extension."""
    pixel = text(settings, "pixelId")
    if not pixel:
        yield Problem("pixelId", "Please specify your Meta Pixel ID.")
    elif not has_token(pixel) and not is_dataset(pixel):
        yield Problem("pixelId", "The Pixel ID must be a number.")
    if not text(settings, "accessToken"):
        yield Problem("accessToken", "Please specify your access token.")
    country = text(settings, "defaultCountry")
    if country and not phone.has_calling_code(country):
        yield Problem("defaultCountry", "The country must be a two-letter code, such as US.")
    yield from _about_the_api(settings)
    yield from _test_codes(settings)


def _about_the_api(settings: Settings) -> Iterator[Problem]:
    version = text(settings, "apiVersion")
    if version and not is_version(version):
        yield Problem("apiVersion", "The API version must look like v26.0.")
    agent = text(settings, "partnerAgent")
    if agent and not is_partner_agent(agent):
        yield Problem(
            "partnerAgent",
            "The partner agent must look like shop_1_0: a name without underscore, and two "
            "numbers.",
        )


def _test_codes(settings: Settings) -> Iterator[Problem]:
    for stage in _STAGES:
        code = text(settings, f"testEventCodes.{stage}")
        if code and not has_token(code) and not is_test_code(code):
            yield Problem(
                f"testEventCodes.{stage}", "A test event code has letters and digits only."
            )
