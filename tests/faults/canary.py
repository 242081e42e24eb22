"""A token, a server key and an address on their way through the product, troubles included."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass

import requests

from tests.faults import evidence
from tests.faults.admin import Admin
from tests.faults.ledger import wait_until
from tests.faults.marks import EMAIL_MARK, TOKEN_MARK, WRONG_KEY
from tests.faults.meta import Meta
from tests.faults.oracle import Oracle
from tests.faults.places import META, Place, make_bare_places
from tests.product import Product

INLINE, IN_SECRET = "token in the extension", "token in a secret"
PIXELS = {INLINE: "880000000000001", IN_SECRET: "880000000000002"}
# Something that surely stands at each place: a search that misses it would miss the rest.
CONTROLS = {
    "logs": "ready to accept connections",
    "terminal": "Ctrl-C ends everything",
    "files": INLINE,
    "database": INLINE,
    "redis": "delivery.process_events",
    "pages": INLINE,
    "command lines": "manage.py",
}
_EVENT_PAGE = re.compile(r"/properties/\w+/events/[0-9a-f]{32}/")
# Its first characters are shown, so that people can tell keys apart.
_KEY = re.compile(r"(capi_sk_.{4})([\w-]{39})")


@dataclass(frozen=True, slots=True)
class Findings:
    """Where the token, the server keys, the address and the control were found, by place.

    Args:
        visited: the paths of all pages that were searched.
        arrived: by name of the property, whether the sandbox got what it should.
    """

    by_place: dict[str, dict[str, list[str]]]
    visited: frozenset[str]
    arrived: dict[str, dict[str, bool]]


def let_fly(product: Product, meta: Meta) -> Findings:
    """Walk the way by hand, then search every place."""
    admin = Admin(product)
    places = make_bare_places(product, [INLINE, IN_SECRET])
    with evidence.RedisTap(product.redis_url) as tap:
        walks = [_Walk(product, meta, admin, place) for place in places.values()]
        walks[0].install(walks[0].token)
        walks[1].install(walks[1].keep_in_secret())
        for walk in walks:
            walk.ask_for_key()
            walk.build()
            walk.send_events()
            walk.look_around()
    admin.close()
    exhibits: dict[str, evidence.Exhibits] = {
        "logs": evidence.logs(product),
        "terminal": evidence.terminal(product),
        "files": evidence.files(product),
        "database": evidence.tables(product),
        "redis": tap.heard,
        "pages": admin.answers,
        "command lines": evidence.command_lines(),
    }
    marks = {"token": TOKEN_MARK, "e-mail": EMAIL_MARK, "wrong server key": WRONG_KEY}
    marks |= {f"server key of the {walk.place.name}": walk.hidden_key for walk in walks}
    found = {
        place: evidence.search(things, {**marks, "control": CONTROLS[place]})
        for place, things in exhibits.items()
    }
    # A signed-in person may read the event as it came, and a new key once.
    pages = found["pages"]
    pages["e-mail"] = [path for path in pages["e-mail"] if not _EVENT_PAGE.match(path)]
    for walk in walks:
        pages[f"server key of the {walk.place.name}"].remove(walk.page_of_new_key)
    visited = frozenset(path for path, _ in admin.answers)
    return Findings(found, visited, {walk.place.name: walk.arrived() for walk in walks})


class _Walk:
    """One property's way from its token to its events."""

    def __init__(self, product: Product, meta: Meta, admin: Admin, place: Place) -> None:
        self.place = place
        self.token = f"{TOKEN_MARK}{uuid.uuid4().hex}"
        self.email = f"{uuid.uuid4().hex}@{EMAIL_MARK}"
        self._product = product
        self._admin = admin
        self._oracle = Oracle(product, meta)
        self._pixel = PIXELS[place.name]
        self._at = f"/properties/{place.property_id}"
        self._page_of_datastream = f"{self._at}/datastreams/{place.datastream}/"
        self.page_of_new_key = f"{self._page_of_datastream}keys/new/"
        self.hidden_key = ""
        self._headers = {"content-type": "application/json"}

    def install(self, token: str) -> None:
        """Set up the extension with a token, or what stands for one; first with a mistake."""
        path = f"{self._at}/extensions/install/{META}/"
        self._refused(path, {"pixelId": "no number", "accessToken": token})
        self._taken(path, {"pixelId": self._pixel, "accessToken": token})

    def keep_in_secret(self) -> str:
        """Keep the token as a secret, first with a mistake; return the name that stands for it."""
        environment = str(self.place.environment_id)
        fields = {"environment": environment, "kind": "token", "value": self.token}
        self._refused(f"{self._at}/secrets/new/", {**fields, "name": ""})
        page = self._taken(f"{self._at}/secrets/new/", {**fields, "name": "Token"})
        found = re.search(rf"{self._at}/secrets/(SE[0-9a-f]{{32}})/", page.text)
        assert found, "the secret is not listed"
        self._taken(
            f"{self._at}/data-elements/new/",
            {
                "name": "Token",
                "delegate": "core::dataElements::secret",
                "enabled": "on",
                "secrets.development": found[1],
            },
        )
        return "{{Token}}"

    def ask_for_key(self) -> None:
        """Make a server key, and have nobody post without it."""
        page = self._taken(self.page_of_new_key, {})
        found = _KEY.search(page.text)
        assert found, "the new key is not shown"
        self.hidden_key = found[2]
        self._taken(
            self._page_of_datastream,
            {"name": "Canary", "enabled": "on", "allowed_origins": "", "requires_key": "on"},
        )
        assert wait_until(self._is_key_asked_for), "no key is asked for"
        self._headers["authorization"] = f"Bearer {WRONG_KEY}"
        assert self._post("{").status_code == 401
        self._headers["authorization"] = f"Bearer {found[0]}"

    def build(self) -> None:
        """Put everything into a library, and have the worker build it."""
        page = self._taken(
            f"{self._at}/libraries/new/",
            {"name": "Canary", "environment": str(self.place.environment_id)},
        )
        self._taken(page.url, {"add_all": "yes", "build": "yes"})
        assert wait_until(lambda: self._oracle.is_live(self.place)), "not built"

    def send_events(self) -> None:
        """Send an event that arrives, one that Meta refuses by repeating the token, and rubbish."""
        taken = self._send("Lead")
        assert wait_until(lambda: self._oracle.outcome(taken) == "delivered"), "not delivered"
        error = {"message": f"No {self.token}", "type": "OAuthException", "code": 100}
        fault = {"status": 400, "pixel": self._pixel, "count": 1, "body": {"error": error}}
        requests.post(f"{self._product.sandbox}/faults", json=fault, timeout=30).raise_for_status()
        refused = self._send("Search")
        assert wait_until(lambda: self._oracle.outcome(refused) == "rejected"), "not refused"
        assert self._post(f'{{"email": "{self.email}", ').status_code == 400

    def look_around(self) -> None:
        """Open every page of the property, and some around it."""
        self._admin.crawl(f"{self._at}/", within=f"{self._at}/")
        self._admin.open(self._page_of_datastream)
        for path in ("/", "/styleguide/", f"/search/?q={self.place.name}", f"{self._at}/nowhere/"):
            self._admin.open(path)

    def arrived(self) -> dict[str, bool]:
        """Say whether the sandbox got the right token, and the address hashed."""
        answer = requests.get(
            f"{self._product.sandbox}/received", params={"pixel": self._pixel}, timeout=30
        )
        (row,) = answer.json()["events"]
        hashed = hashlib.sha256(self.email.encode()).hexdigest()
        return {
            "token_is_right": row["token_last_four"] == self.token[-4:],
            "email_is_right": row["event"]["user_data"]["em"] == [hashed],
        }

    def _is_key_asked_for(self) -> bool:
        """Whether every process of the collector asks: each connection goes to any of them."""
        return all(self._post("{").status_code == 401 for _ in range(20))

    def _send(self, name: str) -> uuid.UUID:
        event = {"eventId": uuid.uuid4().hex, "name": name, "email": self.email}
        answer = self._post(json.dumps(event))
        assert answer.ok, answer.text
        return uuid.UUID(answer.json()["events"][0]["id"])

    def _post(self, body: str) -> requests.Response:
        url = f"{self._product.collector}/v1/events/{self.place.datastream}"
        return requests.post(url, data=body, headers=self._headers, timeout=30)

    def _taken(self, path: str, fields: dict[str, str]) -> requests.Response:
        page = self._admin.post(path, fields)
        assert page.ok, f"{path}: {page.status_code}"
        return page

    def _refused(self, path: str, fields: dict[str, str]) -> None:
        page = self._admin.post(path, fields)
        assert page.status_code == 422, f"{path}: {page.status_code}"
