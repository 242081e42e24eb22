"""Two-letter codes of the states and provinces of the United States and Canada, by name."""

from __future__ import annotations

_US = """
al Alabama
ak Alaska
az Arizona
ar Arkansas
ca California
co Colorado
ct Connecticut
de Delaware
dc District of Columbia
dc Washington DC
fl Florida
ga Georgia
hi Hawaii
id Idaho
il Illinois
in Indiana
ia Iowa
ks Kansas
ky Kentucky
la Louisiana
me Maine
md Maryland
ma Massachusetts
mi Michigan
mn Minnesota
ms Mississippi
mo Missouri
mt Montana
ne Nebraska
nv Nevada
nh New Hampshire
nj New Jersey
nm New Mexico
ny New York
nc North Carolina
nd North Dakota
oh Ohio
ok Oklahoma
or Oregon
pa Pennsylvania
ri Rhode Island
sc South Carolina
sd South Dakota
tn Tennessee
tx Texas
ut Utah
vt Vermont
va Virginia
wa Washington
wv West Virginia
wi Wisconsin
wy Wyoming
as American Samoa
gu Guam
mp Northern Mariana Islands
pr Puerto Rico
vi Virgin Islands
vi US Virgin Islands
"""

_CA = """
ab Alberta
bc British Columbia
mb Manitoba
nb New Brunswick
nl Newfoundland
nl Newfoundland and Labrador
ns Nova Scotia
nt Northwest Territories
nu Nunavut
on Ontario
pe Prince Edward Island
qc Quebec
qc Québec
sk Saskatchewan
yt Yukon
yt Yukon Territory
"""


def _by_name(country: str, table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name in (row.split(" ", 1) for row in table.strip().splitlines()):
        # XDM writes the ISO 3166-2 form, US-CA; without its dash that is usca.
        found |= {name.lower().replace(" ", ""): code, country + code: code}
    return found


_BY_COUNTRY = {"us": _by_name("us", _US), "ca": _by_name("ca", _CA)}
_BY_COUNTRY[""] = _BY_COUNTRY["us"] | _BY_COUNTRY["ca"]
_NONE: dict[str, str] = {}


def code(letters: str, country: str) -> str | None:
    """Return the code of a state by its name in lowercase letters; None where there is none.

    `country` is an alpha-2 code in lower case, or empty when it is unknown.
    """
    return _BY_COUNTRY.get(country, _NONE).get(letters)
