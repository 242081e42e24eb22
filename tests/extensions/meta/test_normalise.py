"""Each kind of customer information, by the examples of Meta's documentation and harder ones."""

from __future__ import annotations

import phonenumbers
import pytest

from extensions.meta import birth_date, client_ip, normalise, phone
from extensions.meta.fields import BY_KEY
from extensions.meta.hashing import sha256
from extensions.meta.user_data import convert
from extensions.meta.values import Context, Normaliser, as_text

THIS_YEAR = 2025

RULES: dict[str, Normaliser] = {
    "em": normalise.email,
    "ph": phone.normalise,
    "fn": normalise.name,
    "ln": normalise.name,
    "db": birth_date.normalise,
    "ge": normalise.gender,
    "ct": normalise.city,
    "st": normalise.state,
    "zp": normalise.postal_code,
    "country": normalise.country,
    "client_ip_address": client_ip.normalise,
    "fbc": normalise.fb_id,
    "fb_login_id": normalise.integer,
    "lead_id": normalise.lead_id,
}


def plain(key: str, value: object, country: str = "", phone_country: str = "") -> object:
    """Return what a value of that key becomes before it is hashed."""
    text = as_text(value)
    assert text is not None
    return RULES[key](text, Context(country, phone_country, THIS_YEAR))[0]


@pytest.mark.parametrize(
    ("key", "value", "country", "normalised", "digest"),
    [
        (
            "em",
            "John_Smith@gmail.com",
            "",
            "john_smith@gmail.com",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            "ph",
            "(650)555-1212",
            "us",
            "16505551212",
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
        (
            "fn",
            "Mary",
            "",
            "mary",
            "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
        ),
        (
            "fn",
            "정",
            "",
            "정",
            "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14",
        ),
        (
            "fn",
            "Valéry",
            "",
            "valéry",
            "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
        ),
        (
            "db",
            "2/16/1997",
            "",
            "19970216",
            "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c",
        ),
        (
            "country",
            "United States",
            "",
            "us",
            "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621",
        ),
    ],
)
def test_examples_of_metas_documentation_give_metas_hashes(
    key: str, value: str, country: str, normalised: str, digest: str
) -> None:
    context = Context(country, "", THIS_YEAR)

    assert plain(key, value, country) == normalised
    assert convert(BY_KEY[key], value, context, []) == [digest]


@pytest.mark.parametrize(
    ("key", "value", "normalised"),
    [
        ("ph", "+1 (650) 555-1212", "16505551212"),
        ("ph", "0049 170 1234567", "491701234567"),
        ("ph", "650.555.1212", None),
        ("ph", "0170 1234567", None),
        ("ph", "+49 (0)170 1234567", "491701234567"),
        ("ph", "+1-650-555-1212 ext 5", "16505551212"),
        ("fn", "O'Neil ", "oneil"),
        ("fn", "Mary Ann", "maryann"),
        ("ln", "St. John", "stjohn"),
        ("ge", "Female", "f"),
        ("ct", "New York", "newyork"),
        ("ct", "São Paulo", "sãopaulo"),
        ("ct", "東京", "東京"),
        ("ct", "St. Louis", "stlouis"),
        ("st", "California", "ca"),
        ("st", "New South Wales", "newsouthwales"),
        ("zp", "94035-1234", "94035"),
        ("zp", "M1 1AE", "m11ae"),
        ("country", "uk", "gb"),
        ("em", "bad-email", None),
    ],
)
def test_inputs_that_implementations_get_wrong(
    key: str, value: str, normalised: str | None
) -> None:
    assert plain(key, value) == normalised


@pytest.mark.parametrize(
    ("value", "country", "normalised"),
    [
        ("650.555.1212", "us", "16505551212"),
        ("1 650 555 1212", "us", "16505551212"),
        ("0170 1234567", "de", "491701234567"),
        ("491701234567", "de", "491701234567"),
        ("06 12345678", "it", "390612345678"),
        ("8 912 345-67-89", "ru", "79123456789"),
        ("(416) 555-0123", "ca", "14165550123"),
        ("020 7946 0958", "gb", "442079460958"),
    ],
)
def test_a_phone_number_is_completed_with_the_country(
    value: str, country: str, normalised: str
) -> None:
    assert plain("ph", value, country) == normalised
    assert plain("ph", value, phone_country=country) == normalised


@pytest.mark.parametrize(
    ("value", "normalised"),
    [
        ("+49 0170 1234567", "491701234567"),  # the trunk zero after a country code
        ("+39 06 12345678", "390612345678"),  # Italy's zero belongs to the number
        ("+225 01 23 45 67 89", "2250123456789"),  # and so does that of Côte d'Ivoire
        ("+1 201 555 0123", "12015550123"),
        ("+1 (0)650 555-1212", "16505551212"),
        ("tel: +1 650 555 1212", "16505551212"),
        ("+1 650 555 1212 x12", "16505551212"),
        ("+1 650 555 1212 #5", "16505551212"),
        ("+1 650 555 1212#512", "16505551212"),
        ("+1 650 555 1212, 5", "16505551212"),
        ("+1 650 555 1212,,5", "16505551212"),
        ("+1 650 555 1212;5", "16505551212"),
        ("tel:+1-650-555-1212;ext=5", "16505551212"),
        ("+49 170 1234567 ; 12", "491701234567"),
        ("+1 650,5551212", "16505551212"),  # commas that set groups of digits apart
        ("+1,650,555,1212", "16505551212"),
        (
            "\uff0b\uff11 \uff16\uff15\uff10 \uff15\uff15\uff15 \uff11\uff12\uff11\uff12",
            "16505551212",
        ),  # full-width
        (
            "+\u0664\u0669 \u0661\u0667\u0660 \u0661\u0662\u0663\u0664\u0665\u0666\u0667",
            "491701234567",
        ),  # Arabic digits
        ("+12345", None),
        ("+1234567890123456", None),
        ("call me", None),
        ("0000000", None),
    ],
)
def test_an_international_phone_number_needs_no_country(value: str, normalised: str | None) -> None:
    assert plain("ph", value) == normalised


@pytest.mark.parametrize(
    "value",
    [
        "+1 0000000000",
        "+1 150 555 1212",
        "+1 5551212",
        "+999 12345678",
        "+210 12345678",
        "+800 1234567",
        "+33 123 456",
        "0033 123 456",
    ],
)
def test_a_number_that_no_country_has_is_left_out_with_a_notice(value: str) -> None:
    assert phone.normalise(value, Context()) == (None, phone.NOT_POSSIBLE)


@pytest.mark.parametrize("value", ["050 555 1212", "1 150 555 1212", "(123) 456-7890"])
def test_a_number_that_north_america_does_not_have_is_left_out(value: str) -> None:
    assert phone.normalise(value, Context("us")) == (None, phone.NOT_POSSIBLE)


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_the_example_numbers_of_every_country_pass(code: int) -> None:
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        example = phonenumbers.example_number(
            region
        ) or phonenumbers.example_number_for_non_geo_entity(code)
        assert example is not None
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)

        assert phone.normalise(number, Context()) == (number[1:], None)


def test_the_country_of_the_event_wins_over_the_default_for_phones() -> None:
    assert plain("ph", "0170 1234567", country="de", phone_country="us") == "491701234567"


def test_digits_that_can_only_be_international_are_taken_with_a_remark() -> None:
    value, fault = phone.normalise("16505551212", Context())

    assert (value, fault) == ("16505551212", phone.COUNTRY_CODE_ASSUMED)


@pytest.mark.parametrize("value", ["6505551212", "6591234567", "01701234567"])
def test_digits_that_may_be_national_are_not_guessed(value: str) -> None:
    assert phone.normalise(value, Context()) == (None, phone.NO_COUNTRY_CODE)


@pytest.mark.parametrize(
    ("value", "normalised"),
    [
        (" Mary+shop.1@Example.COM ", "mary+shop.1@example.com"),
        ("josé@exämple.es", "josé@exämple.es"),
        ("a@b.c", "a@b.c"),
        ("a@b", None),
        ("@b.c", None),
        ("a@.c", None),
        ("a@b.", None),
        ("a b@c.d", None),
        ("a@b.c,d@e.f", None),
    ],
)
def test_an_email_keeps_dots_and_tags_and_must_have_the_form_of_one(
    value: str, normalised: str | None
) -> None:
    assert plain("em", value) == normalised


@pytest.mark.parametrize(
    "value",
    [
        "19970216",
        "1997-02-16",
        "1997/2/16",
        "1997.02.16",
        "2/16/1997",
        "02-16-1997",
        "16.02.1997",
        "02161997",
        "16021997",
        "1997-02-16T00:00:00Z",
        "1997-02-16 00:00:00",
        "2/16/1997 12:00:00 AM",
        "February 16, 1997",
        "16 Feb 1997",
        19970216,
    ],
)
def test_a_date_of_birth_is_read_in_the_common_notations(value: object) -> None:
    assert plain("db", value) == "19970216"


def test_a_date_that_could_be_both_is_read_month_first() -> None:
    assert plain("db", "03.02.1997") == "19970302"


@pytest.mark.parametrize(
    "value",
    ["1899-12-31", "2026-01-01", "1997-02-30", "1997-13-01", "2/16/97", "16", "soon", "1-2-3-4"],
)
def test_a_date_that_cannot_be_a_birthday_is_dropped(value: str) -> None:
    assert plain("db", value) is None


@pytest.mark.parametrize(
    ("value", "country", "normalised"),
    [
        ("US-CA", "us", "ca"),  # the form of XDM
        ("US-CA", "", "ca"),
        ("Ontario", "ca", "on"),
        ("Québec", "", "qc"),
        ("Washington, D.C.", "us", "dc"),
        ("TX", "us", "tx"),
        ("California", "mx", "california"),
        ("Bavaria", "de", "bavaria"),
        ("Île-de-France", "fr", "îledefrance"),
        ("75", "fr", "75"),
    ],
)
def test_a_state_becomes_a_code_only_in_the_us_and_canada(
    value: str, country: str, normalised: str
) -> None:
    assert plain("st", value, country) == normalised


@pytest.mark.parametrize(
    ("value", "country", "normalised"),
    [
        ("94035-1234", "us", "94035"),
        ("940351234", "us", "94035"),
        ("940351234", "", "94035"),
        ("94035 – 1234", "", "94035"),  # a dash as word processors write it
        ("94035-1234", "br", "940351234"),
        ("100-0001", "jp", "1000001"),
        ("100-0001", "", "1000001"),
        ("12345", "de", "12345"),
        ("H2X 1Y4", "ca", "h2x1y4"),
    ],
)
def test_a_postal_code_is_cut_to_five_digits_in_the_us_only(
    value: str, country: str, normalised: str
) -> None:
    assert plain("zp", value, country) == normalised


@pytest.mark.parametrize(
    ("value", "normalised"),
    [
        ("US", "us"),
        ("USA", "us"),
        ("U.S.A.", "us"),
        ("United States of America", "us"),
        ("deu", "de"),
        ("GERMANY", "de"),
        ("Cote d'Ivoire", "ci"),
        ("Côte d'Ivoire", "ci"),
        ("St. Lucia", "lc"),
        ("Trinidad & Tobago", "tt"),
        ("Korea, Republic of", "kr"),
        ("England", "gb"),
        ("Atlantis", None),
        ("zz", None),
    ],
)
def test_a_country_is_found_by_code_and_english_name(value: str, normalised: str | None) -> None:
    assert plain("country", value) == normalised


@pytest.mark.parametrize(("value", "normalised"), [("F", "f"), ("male", "m"), ("divers", None)])
def test_a_gender_is_f_or_m_or_nothing(value: str, normalised: str | None) -> None:
    assert plain("ge", value) == normalised


@pytest.mark.parametrize(
    ("value", "normalised"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:8080", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", None),
        ("172.31.255.255", None),
        ("172.32.0.0", "172.32.0.0"),
        ("192.168.1.1", None),
        ("100.64.0.1", None),
        ("127.0.0.1", None),
        ("169.254.1.1", None),
        ("0.0.0.0", None),  # noqa: S104 - an address to refuse, not to bind
        ("255.255.255.255", None),
        ("::1", None),
        ("::ffff:10.0.0.1", None),
        ("fe80::1%eth0", None),
        ("fd00::1", None),
        ("ff02::1", None),
        ("unknown", None),
        ("203.0.113.7, 10.0.0.1", None),
    ],
)
def test_a_client_address_is_public_and_without_decoration(
    value: str, normalised: str | None
) -> None:
    assert plain("client_ip_address", value) == normalised


@pytest.mark.parametrize(
    ("value", "normalised"),
    [
        ("fb.1.1554763741205.AbCdEf", "fb.1.1554763741205.AbCdEf"),
        ("fb.1.1554763741205.AbCdEf.AQIABwEA", "fb.1.1554763741205.AbCdEf.AQIABwEA"),
        ("fb.1.1554763741.AbCdEf", "fb.1.1554763741000.AbCdEf"),
        ("fb.1.1554763741205", None),
        ("fb.1.yesterday.AbC", None),
        ("fb.1.1554763741205.", None),
        ("fb.1.1554763741205.Ab C", None),
        ("AbCdEf", None),
    ],
)
def test_a_click_id_keeps_its_letters_and_needs_its_form(
    value: str, normalised: str | None
) -> None:
    assert plain("fbc", value) == normalised


@pytest.mark.parametrize(
    ("key", "value", "normalised"),
    [
        ("fb_login_id", "10157", 10157),
        ("fb_login_id", 10157.0, 10157),
        ("fb_login_id", "12_3", None),
        ("fb_login_id", "-5", None),
        ("fb_login_id", "9" * 19, None),
        ("lead_id", "1234567890123456", 1234567890123456),
        ("lead_id", 123456789012345, 123456789012345),
        ("lead_id", "12345", None),
        ("lead_id", "l:1234567890123456", None),
    ],
)
def test_ids_of_meta_are_whole_numbers(key: str, value: object, normalised: int | None) -> None:
    assert plain(key, value) == normalised


@pytest.mark.parametrize(("key", "value"), [("fn", "---"), ("ct", "12345"), ("zp", "-")])
def test_a_value_of_which_nothing_is_left_is_dropped(key: str, value: str) -> None:
    assert plain(key, value) is None


@pytest.mark.parametrize("key", ["fn", "external_id"])
def test_both_ways_to_write_an_accent_give_one_hash(key: str) -> None:
    hashes = [convert(BY_KEY[key], text, Context(), []) for text in ("\u00e9", "e\u0301")]

    assert hashes[0] == hashes[1]


def test_an_external_id_is_trimmed_and_hashed() -> None:
    assert convert(BY_KEY["external_id"], " User-1 ", Context(), []) == [sha256("User-1")]
