"""The catalog entry of the Cloud Connector."""

from __future__ import annotations

from extensions.cloud_connector import address, body, headers, pieces, schema
from extensions.cloud_connector.action import PACKAGE_ID, compile_action, summarise
from extensions.cloud_connector.checks import check
from extensions.cloud_connector.destination import AnyServer
from extensions.contract import Delegate, Package

MAKE_FETCH_CALL = Delegate(
    id=f"{PACKAGE_ID}::actions::make-fetch-call",
    name="Make a fetch call",
    description="Calls a server, and can keep its answer for the actions after it.",
    schema=schema.ACTION,
    summarise=summarise,
    compile=compile_action,
    check=check,
    no_secrets=lambda settings: (
        address.SECRET_TO_GIVEN_HOST if address.given_host(settings["url"]) else ""
    ),
    mistakes=({"url": "http://api.example.com/"}, {"url": "https://api.example.com:8080/"}),
    failures=(
        address.NO_URL,
        address.NOT_A_URL,
        address.USER_IN_URL,
        address.TOO_LONG,
        address.STEPS_UP,
        address.SECRET_IN_URL,
        address.NOT_IN_HOST,
        address.SECRET_TO_GIVEN_HOST,
        headers.SECRET_IN_NAME,
        headers.fault_of_name(" "),
        headers.fault_of_value("\n"),
        "The header … is set by the connection itself.",
        "The header … is there twice.",
        body.NOT_JSON,
        pieces.FOREIGN_SECRET,
        pieces.TOO_MANY_SECRETS,
        pieces.UNWRITABLE,
        "The call … failed: …",
    ),
)

PACKAGE = Package(
    id=PACKAGE_ID,
    name="Cloud Connector",
    publisher="CAPI Admin",
    version="1.0.0",
    promise="Call any server with your events, and use what it answers.",
    icon="cloud-connector.svg",
    schema=schema.CONFIGURATION,
    actions=(MAKE_FETCH_CALL,),
    destination=AnyServer(),
)
