"""fbc, fbp and the addresses of pages, made from a visitor's request."""

from __future__ import annotations

from tests.comparison.case import CLICK, NOTHING, SERVER_EVENT, Case, Visit, Why

CLICK_ID = "IwAR0AbCdEfGhIjKlMnOpQrStUv"
OTHER = "IwAR9ZyXwVuTsRqPoNmLkJiHgFe"
COOKIE = f"fb.1.1759900000000.{CLICK_ID}"
WITH_APPENDIX = f"{COOKIE}.AQICAQIB"
FBP = "fb.1.1596403881668.1116446470"
PAGE = "https://www.shop.example/p"
MADE = "fb.1.1759999940000"  # the time of the event
THEIR_TIME = "fb.1.1760000000000"  # the moment at which their library runs

APPENDIX = Why(
    "The library marks the value with an appendix of its own. Meta documents four parts, and the "
    "cookie is to be sent as it is.",
    CLICK,
)
TIME = Why(
    "The value holds the time of the event, so that retries and replays do not change it; the "
    "library takes the moment it runs at. Meta: when the click id was first observed. The library "
    "adds an appendix besides.",
    CLICK,
)
INDEX = Why(
    "A value that a server makes without saving a cookie has the subdomain index 1. The library "
    "counts the dots of the domain. Its appendix and its time differ besides.",
    CLICK,
)
PLUS = Why(
    "A plus sign in the click id stays one: the id is compared letter by letter. The library gets "
    "it as a space. Its appendix and its time differ besides.",
    CLICK,
)
SECONDS = Why("The time inside the value is in milliseconds. It is corrected.", CLICK)
EXPIRED = Why("The cookie is to live 90 days. A click that is older than that is left out.", CLICK)
FORWARDED = Why(
    "A fifth part is forwarded as it is. The library drops the whole cookie when it does not know "
    "the appendix; Meta's pages do not describe one."
)
INVENTED = Why(
    "The library makes an fbp up and expects the answer to set the cookie. Nothing here sets "
    "cookies, and an id that is used once identifies nobody. Meta's pages describe the cookie only."
)
ADDRESS = Why(
    "The library writes its appendix behind the address. It is documented as the address of the "
    "page, and is sent as that.",
    SERVER_EVENT,
)


def _url(click: str) -> str:
    return f"{PAGE}?a=1&fbclid={click}#top"


FBCS: tuple[Case, ...] = (
    Case("fbc", Visit(), NOTHING),
    Case("fbc", Visit(cookies={"_fbc": "nonsense"}), NOTHING),
    Case("fbc", Visit(cookies={"_fbc": WITH_APPENDIX}), WITH_APPENDIX),
    Case("fbc", Visit(_url(CLICK_ID), cookies={"_fbc": WITH_APPENDIX}), WITH_APPENDIX),
    Case("fbc", Visit(cookies={"_fbc": COOKIE}), COOKIE, f"{COOKIE}.AQIAAQMC", APPENDIX),
    Case(
        "fbc",
        Visit(_url(CLICK_ID)),
        f"{MADE}.{CLICK_ID}",
        f"{THEIR_TIME}.{CLICK_ID}.AQICAQMC",
        TIME,
    ),
    Case(
        "fbc",
        Visit(_url(OTHER), cookies={"_fbc": WITH_APPENDIX}),
        f"{MADE}.{OTHER}",
        f"{THEIR_TIME}.{OTHER}.AQIDAQMC",
        TIME,
    ),
    Case(
        "fbc",
        Visit(referrer=_url(CLICK_ID)),
        f"{MADE}.{CLICK_ID}",
        f"{THEIR_TIME}.{CLICK_ID}.AQICAQMC",
        TIME,
    ),
    Case(
        "fbc",
        Visit(_url("Ab%2DCd%5FEf")),
        f"{MADE}.Ab-Cd_Ef",
        f"{THEIR_TIME}.Ab-Cd_Ef.AQICAQMC",
        TIME,
    ),
    Case("fbc", Visit(_url("Ab+Cd")), f"{MADE}.Ab+Cd", f"{THEIR_TIME}.Ab Cd.AQICAQMC", PLUS),
    Case(
        "fbc",
        Visit(f"https://www.shop.co.uk/?fbclid={CLICK_ID}"),
        f"{MADE}.{CLICK_ID}",
        f"fb.2.1760000000000.{CLICK_ID}.AQICAQMC",
        INDEX,
    ),
    Case(
        "fbc",
        Visit(cookies={"_fbc": f"fb.1.1759900000.{CLICK_ID}.AQICAQIB"}),
        f"fb.1.1759900000000.{CLICK_ID}.AQICAQIB",
        f"fb.1.1759900000.{CLICK_ID}.AQICAQIB",
        SECONDS,
    ),
    Case(
        "fbc",
        Visit(cookies={"_fbc": f"fb.1.1700000000000.{CLICK_ID}.AQICAQIB"}),
        NOTHING,
        f"fb.1.1700000000000.{CLICK_ID}.AQICAQIB",
        EXPIRED,
    ),
    Case("fbc", Visit(cookies={"_fbc": f"{COOKIE}.xyz"}), f"{COOKIE}.xyz", NOTHING, FORWARDED),
)

FBPS: tuple[Case, ...] = (
    Case("fbp", Visit(cookies={"_fbp": f"{FBP}.AQICAQIB"}), f"{FBP}.AQICAQIB"),
    Case("fbp", Visit(cookies={"_fbp": FBP}), FBP, f"{FBP}.AQIAAQMC", APPENDIX),
    Case("fbp", Visit(), NOTHING, f"{THEIR_TIME}.1116446470.AQICAQMC", INVENTED),
    Case(
        "fbp",
        Visit(cookies={"_fbp": "nonsense"}),
        NOTHING,
        f"{THEIR_TIME}.1116446470.AQICAQMC",
        INVENTED,
    ),
)

ADDRESSES: tuple[Case, ...] = (
    Case("event_source_url", Visit(PAGE), PAGE, f"{PAGE}.AQICAQMC", ADDRESS),
    Case("referrer_url", Visit(referrer=PAGE), PAGE, f"{PAGE}.AQIAAQMC", ADDRESS),
)

CLICKS: tuple[Case, ...] = FBCS + FBPS + ADDRESSES
