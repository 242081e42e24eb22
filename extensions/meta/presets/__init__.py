"""Ready mappings of the events that shops and sites already have."""

from __future__ import annotations

from extensions.contract import Preset
from extensions.meta.presets.adobe_xdm import ADOBE_XDM
from extensions.meta.presets.ga4 import GA4
from extensions.meta.presets.segment import SEGMENT
from extensions.meta.presets.shopify import SHOPIFY_ORDER, SHOPIFY_PIXEL

PRESETS: tuple[Preset, ...] = (ADOBE_XDM, GA4, SHOPIFY_ORDER, SHOPIFY_PIXEL, SEGMENT)
