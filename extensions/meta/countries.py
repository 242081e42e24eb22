"""Countries by any of the names that events carry: ISO 3166-1 codes and English names.

Written by hand from the public standard, with the short names people use.
"""

from __future__ import annotations

from functools import lru_cache

_TABLE = """
ad and Andorra
ae are United Arab Emirates
af afg Afghanistan
ag atg Antigua and Barbuda
ai aia Anguilla
al alb Albania
am arm Armenia
ao ago Angola
aq ata Antarctica
ar arg Argentina
as asm American Samoa
at aut Austria
au aus Australia
aw abw Aruba
ax ala Åland Islands
az aze Azerbaijan
ba bih Bosnia and Herzegovina
bb brb Barbados
bd bgd Bangladesh
be bel Belgium
bf bfa Burkina Faso
bg bgr Bulgaria
bh bhr Bahrain
bi bdi Burundi
bj ben Benin
bl blm Saint Barthélemy
bm bmu Bermuda
bn brn Brunei
bo bol Bolivia
bq bes Bonaire, Sint Eustatius and Saba
br bra Brazil
bs bhs Bahamas
bt btn Bhutan
bv bvt Bouvet Island
bw bwa Botswana
by blr Belarus
bz blz Belize
ca can Canada
cc cck Cocos (Keeling) Islands
cd cod Democratic Republic of the Congo
cf caf Central African Republic
cg cog Congo
ch che Switzerland
ci civ Côte d'Ivoire
ck cok Cook Islands
cl chl Chile
cm cmr Cameroon
cn chn China
co col Colombia
cr cri Costa Rica
cu cub Cuba
cv cpv Cabo Verde
cw cuw Curaçao
cx cxr Christmas Island
cy cyp Cyprus
cz cze Czechia
de deu Germany
dj dji Djibouti
dk dnk Denmark
dm dma Dominica
do dom Dominican Republic
dz dza Algeria
ec ecu Ecuador
ee est Estonia
eg egy Egypt
eh esh Western Sahara
er eri Eritrea
es esp Spain
et eth Ethiopia
fi fin Finland
fj fji Fiji
fk flk Falkland Islands
fm fsm Micronesia
fo fro Faroe Islands
fr fra France
ga gab Gabon
gb gbr United Kingdom
gd grd Grenada
ge geo Georgia
gf guf French Guiana
gg ggy Guernsey
gh gha Ghana
gi gib Gibraltar
gl grl Greenland
gm gmb Gambia
gn gin Guinea
gp glp Guadeloupe
gq gnq Equatorial Guinea
gr grc Greece
gs sgs South Georgia and the South Sandwich Islands
gt gtm Guatemala
gu gum Guam
gw gnb Guinea-Bissau
gy guy Guyana
hk hkg Hong Kong
hm hmd Heard Island and McDonald Islands
hn hnd Honduras
hr hrv Croatia
ht hti Haiti
hu hun Hungary
id idn Indonesia
ie irl Ireland
il isr Israel
im imn Isle of Man
in ind India
io iot British Indian Ocean Territory
iq irq Iraq
ir irn Iran
is isl Iceland
it ita Italy
je jey Jersey
jm jam Jamaica
jo jor Jordan
jp jpn Japan
ke ken Kenya
kg kgz Kyrgyzstan
kh khm Cambodia
ki kir Kiribati
km com Comoros
kn kna Saint Kitts and Nevis
kp prk North Korea
kr kor South Korea
kw kwt Kuwait
ky cym Cayman Islands
kz kaz Kazakhstan
la lao Laos
lb lbn Lebanon
lc lca Saint Lucia
li lie Liechtenstein
lk lka Sri Lanka
lr lbr Liberia
ls lso Lesotho
lt ltu Lithuania
lu lux Luxembourg
lv lva Latvia
ly lby Libya
ma mar Morocco
mc mco Monaco
md mda Moldova
me mne Montenegro
mf maf Saint Martin
mg mdg Madagascar
mh mhl Marshall Islands
mk mkd North Macedonia
ml mli Mali
mm mmr Myanmar
mn mng Mongolia
mo mac Macao
mp mnp Northern Mariana Islands
mq mtq Martinique
mr mrt Mauritania
ms msr Montserrat
mt mlt Malta
mu mus Mauritius
mv mdv Maldives
mw mwi Malawi
mx mex Mexico
my mys Malaysia
mz moz Mozambique
na nam Namibia
nc ncl New Caledonia
ne ner Niger
nf nfk Norfolk Island
ng nga Nigeria
ni nic Nicaragua
nl nld Netherlands
no nor Norway
np npl Nepal
nr nru Nauru
nu niu Niue
nz nzl New Zealand
om omn Oman
pa pan Panama
pe per Peru
pf pyf French Polynesia
pg png Papua New Guinea
ph phl Philippines
pk pak Pakistan
pl pol Poland
pm spm Saint Pierre and Miquelon
pn pcn Pitcairn
pr pri Puerto Rico
ps pse Palestine
pt prt Portugal
pw plw Palau
py pry Paraguay
qa qat Qatar
re reu Réunion
ro rou Romania
rs srb Serbia
ru rus Russia
rw rwa Rwanda
sa sau Saudi Arabia
sb slb Solomon Islands
sc syc Seychelles
sd sdn Sudan
se swe Sweden
sg sgp Singapore
sh shn Saint Helena, Ascension and Tristan da Cunha
si svn Slovenia
sj sjm Svalbard and Jan Mayen
sk svk Slovakia
sl sle Sierra Leone
sm smr San Marino
sn sen Senegal
so som Somalia
sr sur Suriname
ss ssd South Sudan
st stp São Tomé and Príncipe
sv slv El Salvador
sx sxm Sint Maarten
sy syr Syria
sz swz Eswatini
tc tca Turks and Caicos Islands
td tcd Chad
tf atf French Southern Territories
tg tgo Togo
th tha Thailand
tj tjk Tajikistan
tk tkl Tokelau
tl tls Timor-Leste
tm tkm Turkmenistan
tn tun Tunisia
to ton Tonga
tr tur Türkiye
tt tto Trinidad and Tobago
tv tuv Tuvalu
tw twn Taiwan
tz tza Tanzania
ua ukr Ukraine
ug uga Uganda
um umi United States Minor Outlying Islands
us usa United States
uy ury Uruguay
uz uzb Uzbekistan
va vat Vatican City
vc vct Saint Vincent and the Grenadines
ve ven Venezuela
vg vgb British Virgin Islands
vi vir U.S. Virgin Islands
vn vnm Viet Nam
vu vut Vanuatu
wf wlf Wallis and Futuna
ws wsm Samoa
ye yem Yemen
yt myt Mayotte
za zaf South Africa
zm zmb Zambia
zw zwe Zimbabwe
"""

_ALSO = """
ae UAE
ba Bosnia
bn Brunei Darussalam
bo Bolivia, Plurinational State of
bo Plurinational State of Bolivia
bs The Bahamas
bv Bouvet
cd Congo, Democratic Republic of the
cd Congo, The Democratic Republic of the
cd DR Congo
cg Republic of the Congo
ci Ivory Coast
cn People's Republic of China
cv Cape Verde
cz Czech Republic
fk Falkland Islands (Malvinas)
fm Federated States of Micronesia
fm Micronesia, Federated States of
gb Britain
gb England
gb Great Britain
gb Northern Ireland
gb Scotland
gb UK
gb United Kingdom of Great Britain and Northern Ireland
gb Wales
gm The Gambia
hk Hong Kong SAR
ie Republic of Ireland
ir Iran, Islamic Republic of
kp Democratic People's Republic of Korea
kp Korea, Democratic People's Republic of
kr Korea
kr Korea, Republic of
kr Republic of Korea
la Lao People's Democratic Republic
md Moldova, Republic of
md Republic of Moldova
mf Saint Martin (French part)
mk Macedonia
mm Burma
mo Macau
nl Holland
nl The Netherlands
ps Palestine, State of
ps Palestinian Territories
ru Russian Federation
sh Saint Helena
sk Slovak Republic
sx Sint Maarten (Dutch part)
sy Syrian Arab Republic
sz Swaziland
tl East Timor
tr Turkey
tw Taiwan, Province of China
tz Tanzania, United Republic of
us America
us United States of America
va Holy See
va Holy See (Vatican City State)
ve Bolivarian Republic of Venezuela
ve Venezuela, Bolivarian Republic of
vg Virgin Islands, British
vi US Virgin Islands
vi Virgin Islands, U.S.
vn Vietnam
xk Kosovo
xk XK
"""

# Plain letters for the accents of the names above, since forms and shops often leave them out.
_PLAIN = str.maketrans("åéèçôãíüá", "aeecoaiua")


def _key(name: str) -> str:
    lower = name.lower().replace("&", "and")
    letters = "".join(filter(str.isalpha, lower)).translate(_PLAIN)
    return "saint" + letters[2:] if lower.startswith(("st.", "st ")) else letters


def _index() -> dict[str, str]:
    found: dict[str, str] = {}
    for alpha2, alpha3, name in (row.split(" ", 2) for row in _TABLE.strip().splitlines()):
        found |= {alpha2: alpha2, alpha3: alpha2, _key(name): alpha2}
    for alpha2, name in (row.split(" ", 1) for row in _ALSO.strip().splitlines()):
        found[_key(name)] = alpha2
    return found


_BY_NAME = _index()

ALPHA2: frozenset[str] = frozenset(_BY_NAME.values())


@lru_cache(maxsize=4096)
def find(text: str) -> str | None:
    """Return the alpha-2 code, in lower case, of a code or an English name; else None."""
    return _BY_NAME.get(text.lower()) or _BY_NAME.get(_key(text))
