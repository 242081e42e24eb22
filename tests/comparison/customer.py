"""Customer information: inputs as forms and shops give them, and as they should not."""

from __future__ import annotations

from extensions.meta.hashing import sha256
from tests.comparison.case import CLICK, CUSTOMER, LEFT_OUT, NOTHING, Case, Raises, Why

HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
WIDE = "".join(chr(ord(digit) + 0xFEE0) for digit in "16505551212")  # of a Japanese keyboard
MD5 = "5f4dcc3b5aa765d61d8327deb882cf99"

NO_ADDRESS = Why("This is no e-mail address, so its hash would match nobody.", CUSTOMER)
EMPTY = Why("The library sends a list that holds null, which is no value of this field.", CUSTOMER)
ONLY_SHA256 = Why("Meta takes SHA-256 only; an MD5 hash matches nobody.", CUSTOMER)
EMPTY_HASH = Why(
    "The hash of an empty text is the same for everybody without a value. Meta's pages do not say."
)
PHONE_COUNTRY = Why(
    "A phone number needs its country code. It is completed by the country of the event or the "
    "default country of the extension; without both it is left out.",
    CUSTOMER,
)
PHONE_SYMBOLS = Why("Symbols and letters are to be removed, and the number is good.", CUSTOMER)
PHONE_EXTENSION = Why(
    "An extension is no part of the number that a person has at Meta, so it is cut. Meta's pages "
    "do not say."
)
PHONE_ZERO = Why(
    "The (0) is dialled inside the country only, so the international form of the number (E.164) "
    "has none. Meta's pages do not say."
)
PUNCTUATION = Why("Names are hashed in lower case without punctuation.", CUSTOMER)
SPACES_IN_NAMES = Why(
    "White space in names is removed. Meta's pages do not say; its newer parameter builder for "
    "Node does so too."
)
COMPOSED = Why(
    "The same letters can be written in two ways in Unicode. One of them (NFC) is chosen, so that "
    "both give one hash. Meta's pages do not say."
)
NO_LETTERS = Why(
    "Nothing is left after normalising, so there is nothing to match. Meta's pages do not say."
)
DATE = Why("A date of birth is hashed as YYYYMMDD.", CUSTOMER)
NO_DATE = Why("This is no date a living person can be born on, or not one clear one.", CUSTOMER)
CITY_SYMBOLS = Why(
    "Cities are hashed without punctuation, special characters and spaces.", CUSTOMER
)
STATE_CODE = Why("States of the US are hashed as their code of two letters.", CUSTOMER)
STATE_CODE_CA = Why(
    "Provinces of Canada are treated as the states of the US are. Meta's pages name only those."
)
STATE_DIGITS = Why("A region may be a number, as the départements of France are.", CUSTOMER)
ZIP_US = Why("Of a US postal code the first five digits count.", CUSTOMER)
ZIP_ELSEWHERE = Why(
    "Only in the United States are postal codes cut. Elsewhere just spaces and the dash go.",
    CUSTOMER,
)
COUNTRY = Why(
    "Countries are hashed as ISO 3166-1 alpha-2, and this name or code has one.", CUSTOMER
)
GENDER_WORDS = Why(
    "The library takes its own enumeration only and raises for text. Forms give words.", CUSTOMER
)
HASHED_ID = Why("Meta recommends to hash the external id. It can be switched off.", CUSTOMER)
ADDRESS_ONLY = Why("The address may have no spaces and no port, and must be a valid one.", CUSTOMER)
NOT_PUBLIC = Why("An address of a private network is not the visitor's on the internet.", CUSTOMER)
INTEGER = Why("The id is documented as an integer, and the library sends what it gets.", CUSTOMER)
LEAD = Why("A lead id has 15 or 16 digits, and Meta refuses a request with any other.", CUSTOMER)
MILLISECONDS = Why("The time inside the value is in milliseconds.", CLICK)
NOT_AN_FB_ID = Why("The value does not have the documented form, so it can match nothing.", CLICK)

RAISES_TYPE, RAISES_VALUE = Raises("TypeError"), Raises("ValueError")

HASHED: tuple[Case, ...] = (
    Case("em", "John_Smith@gmail.com", "john_smith@gmail.com"),
    Case("em", " mary@Example.com ", "mary@example.com"),
    Case("em", "first.last+tag@example.com", "first.last+tag@example.com"),
    Case("em", "MÜLLER@Example.de", "müller@example.de"),
    Case("em", HASH.upper(), HASH),
    Case("em", "", NOTHING, [None], EMPTY),
    Case("em", "bad-email", NOTHING, RAISES_TYPE, LEFT_OUT),
    Case("em", "a@b", NOTHING, RAISES_TYPE, LEFT_OUT),
    Case("em", "two@a.example@b.example", NOTHING, "two@a.example@b.example", NO_ADDRESS),
    Case("em", "mary smith@a.example", NOTHING, "mary smith@a.example", NO_ADDRESS),
    Case("em", "a@a.example, b@b.example", NOTHING, "a@a.example, b@b.example", NO_ADDRESS),
    Case("em", MD5, NOTHING, MD5, ONLY_SHA256),
    Case("em", HASH_OF_NOTHING, NOTHING, HASH_OF_NOTHING, EMPTY_HASH),
    Case("ph", "+1 (650) 555-1212", "16505551212"),
    Case("ph", "16505551212", "16505551212"),
    Case("ph", "0049 170 1234567", "491701234567"),
    Case("ph", "+44 20 7946 0958", "442079460958"),
    Case("ph", "(650)555-1212", "16505551212", "6505551212", PHONE_COUNTRY, "us"),
    Case("ph", "(650)555-1212", NOTHING, "6505551212", PHONE_COUNTRY),
    Case("ph", "0170 1234567", "491701234567", "1701234567", PHONE_COUNTRY, "de"),
    Case("ph", "0170 1234567", NOTHING, "1701234567", PHONE_COUNTRY),
    Case("ph", "650.555.1212", "16505551212", RAISES_VALUE, PHONE_SYMBOLS, "us"),
    Case("ph", "650.555.1212", NOTHING, RAISES_VALUE, LEFT_OUT),
    Case("ph", WIDE, "16505551212", WIDE, PHONE_SYMBOLS),
    Case("ph", "+49 (0)170 1234567", "491701234567", "4901701234567", PHONE_ZERO),
    Case("ph", "+1-650-555-1212 ext 5", "16505551212", RAISES_VALUE, PHONE_EXTENSION),
    Case("ph", "+1 650 555 1212 x5", "16505551212", RAISES_VALUE, PHONE_EXTENSION),
    Case("ph", "12345", NOTHING, RAISES_VALUE, LEFT_OUT),
    Case("ph", "abc", NOTHING, RAISES_VALUE, LEFT_OUT),
    Case("fn", "Mary", "mary"),
    Case("fn", "정", "정"),
    Case("fn", "Valéry", "valéry"),
    Case("fn", "Đặng", "đặng"),
    Case("fn", "Vale\u0301ry", "valéry", "vale\u0301ry", COMPOSED),
    Case("fn", "O'Neil ", "oneil", "o'neil", PUNCTUATION),
    Case("fn", "Jean-Luc", "jeanluc", "jean-luc", PUNCTUATION),
    Case("fn", "J.", "j", "j.", PUNCTUATION),
    Case("fn", "Mary Ann", "maryann", "mary ann", SPACES_IN_NAMES),
    Case("fn", "!!!", NOTHING, "!!!", NO_LETTERS),
    Case("ln", "Smith", "smith"),
    Case("ln", "St. John", "stjohn", "st. john", PUNCTUATION),
    Case("ln", "O\u2019Neil", "oneil", "o\u2019neil", PUNCTUATION),
    Case("ln", "Müller-Lüdenscheidt", "müllerlüdenscheidt", "müller-lüdenscheidt", PUNCTUATION),
    Case("ln", "de la Cruz", "delacruz", "de la cruz", SPACES_IN_NAMES),
    Case("db", "19970216", "19970216"),
    Case("db", "2/16/1997", "19970216", "2/16/1997", DATE),
    Case("db", "1997-02-16", "19970216", "1997-02-16", DATE),
    Case("db", "16.02.1997", "19970216", "16.02.1997", DATE),
    Case("db", "Feb 16, 1997", "19970216", "feb 16, 1997", DATE),
    Case("db", "02161997", "19970216", "02161997", DATE),
    Case("db", "1997-02-16T00:00:00Z", "19970216", "1997-02-16t00:00:00z", DATE),
    Case("db", "02/16/97", NOTHING, "02/16/97", NO_DATE),
    Case("db", "1997-02-30", NOTHING, "1997-02-30", NO_DATE),
    Case("db", "1880-01-01", NOTHING, "1880-01-01", NO_DATE),
    Case("ge", "Female", "f", RAISES_TYPE, GENDER_WORDS),
    Case("ge", "m", "m", RAISES_TYPE, GENDER_WORDS),
    Case("ge", "divers", NOTHING, RAISES_TYPE, LEFT_OUT),
    Case("ct", "New York", "newyork"),
    Case("ct", "São Paulo", "sãopaulo"),
    Case("ct", "東京", "東京"),
    Case("ct", "St. Louis", "stlouis"),
    Case("ct", "Menlo-Park", "menlopark"),
    Case("ct", "Paris 12", "paris"),
    Case("ct", "मुंबई", "मुंबई"),
    Case("ct", "Washington, D.C.", "washingtondc", "washington,dc", CITY_SYMBOLS),
    Case("st", "CA", "ca"),
    Case("st", "New South Wales", "newsouthwales"),
    Case("st", "Bayern", "bayern", country="de"),
    Case("st", "Île-de-France", "îledefrance", country="fr"),
    Case("st", "California", "ca", "california", STATE_CODE),
    Case("st", "US-CA", "ca", "usca", STATE_CODE),
    Case("st", "Ontario", "on", "ontario", STATE_CODE_CA),
    Case("st", "75", "75", "", STATE_DIGITS, "fr"),
    Case("zp", "94035", "94035"),
    Case("zp", "94035-1234", "94035"),
    Case("zp", "M1 1AE", "m11ae"),
    Case("zp", "K1A 0B6", "k1a0b6"),
    Case("zp", "50667", "50667", country="de"),
    Case("zp", "94035 1234", "94035", "940351234", ZIP_US),
    Case("zp", "100-0001", "1000001", "100", ZIP_ELSEWHERE),
    Case("zp", "12345-678", "12345678", "12345", ZIP_ELSEWHERE, "br"),
    Case("country", "US", "us"),
    Case("country", " gb", "gb"),
    Case("country", "United States", "us", RAISES_TYPE, COUNTRY),
    Case("country", "usa", "us", RAISES_TYPE, COUNTRY),
    Case("country", "uk", "gb", RAISES_TYPE, COUNTRY),
    Case("country", "Narnia", NOTHING, RAISES_TYPE, LEFT_OUT),
)

# Sent as they are, or not hashed by the library.
OPEN: tuple[Case, ...] = (
    Case("external_id", "user-7", [sha256("user-7")], ["user-7"], HASHED_ID),
    Case("external_id", HASH, [HASH]),
    Case("client_ip_address", "203.0.113.7", "203.0.113.7"),
    Case("client_ip_address", "2001:db8::7", "2001:db8::7"),
    Case("client_ip_address", " 203.0.113.7", "203.0.113.7", " 203.0.113.7", ADDRESS_ONLY),
    Case("client_ip_address", "203.0.113.7:443", "203.0.113.7", "203.0.113.7:443", ADDRESS_ONLY),
    Case(
        "client_ip_address", "[2001:db8::7]:443", "2001:db8::7", "[2001:db8::7]:443", ADDRESS_ONLY
    ),
    Case("client_ip_address", "unknown", NOTHING, "unknown", ADDRESS_ONLY),
    Case("client_ip_address", "10.0.0.7", NOTHING, "10.0.0.7", NOT_PUBLIC),
    Case("client_ip_address", "127.0.0.1", NOTHING, "127.0.0.1", NOT_PUBLIC),
    Case("client_ip_address", "fe80::1", NOTHING, "fe80::1", NOT_PUBLIC),
    Case("client_user_agent", "Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"),
    Case("fbc", "fb.1.1554763741205.AbCdEf", "fb.1.1554763741205.AbCdEf"),
    Case("fbc", "fb.1.1554763741205.AbCdEf.AQICAQIB", "fb.1.1554763741205.AbCdEf.AQICAQIB"),
    Case("fbc", "AbCdEf", NOTHING, "AbCdEf", NOT_AN_FB_ID),
    Case("fbc", "fb.1.1554763741.Ab", "fb.1.1554763741000.Ab", "fb.1.1554763741.Ab", MILLISECONDS),
    Case("fbp", "fb.1.1596403881668.1116446470", "fb.1.1596403881668.1116446470"),
    Case("fbp", "GA1.2.3.4", NOTHING, "GA1.2.3.4", NOT_AN_FB_ID),
    Case("subscription_id", "sub-1", "sub-1"),
    Case("lead_id", 525645896321548, 525645896321548),
    Case("lead_id", "525645896321548", 525645896321548, "525645896321548", INTEGER),
    Case("lead_id", "12345", NOTHING, "12345", LEAD),
    Case("fb_login_id", "1234567", 1234567, "1234567", INTEGER),
    Case("fb_login_id", "none", NOTHING, "none", INTEGER),
    Case("anon_id", "a-1", "a-1"),
    Case("madid", "38400000-8cf0-11bd-b23e-10b96e40000d", "38400000-8cf0-11bd-b23e-10b96e40000d"),
    Case("page_id", "1906385232743451", "1906385232743451"),
    Case("ctwa_clid", "ARAkLkA8rmlFeiCktEJQ", "ARAkLkA8rmlFeiCktEJQ"),
)
