"""The checkout form."""

from __future__ import annotations

import re

from django import forms

# Whole numbers with whatever people put between them: +49 (0)30 / 123 45-67
_PHONE = re.compile(r"\+?[\d\s()./-]{5,30}")
_COUNTRIES = (
    ("", "Choose a country"),
    ("AT", "Austria"),
    ("BE", "Belgium"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("DE", "Germany"),
    ("DK", "Denmark"),
    ("ES", "Spain"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("IE", "Ireland"),
    ("IT", "Italy"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("SE", "Sweden"),
    ("US", "United States"),
)


def _text(label: str, autocomplete: str, missing: str, most: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=most, widget=widget, error_messages={"required": missing}
    )


class CheckoutForm(forms.Form):
    """Who buys, and where it goes."""

    use_required_attribute = False  # our own words stand beside the field, not the browser's

    name = _text("Full name", "name", "Tell us your name.", 120)
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Tell us your e-mail address.",
            "invalid": "This is not an e-mail address. It looks like name@example.com.",
        },
    )
    phone = forms.RegexField(
        _PHONE,
        label="Phone",
        required=False,
        help_text="Optional. With + and the country code, or as you dial it at home.",
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"invalid": "This is not a phone number."},
    )
    city = _text("City", "address-level2", "Tell us the city.", 120)
    postcode = _text("Postcode", "postal-code", "Tell us the postcode.", 16)
    country = forms.ChoiceField(
        label="Country",
        choices=_COUNTRIES,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"required": "Choose the country."},
    )
