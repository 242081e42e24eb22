"""Why an action may not send: stable codes and the words a marketer reads.

What is refused here would have been refused by Meta, together with every event that travelled
in the same request.
"""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "consent_denied": "Consent denied: the person has not agreed to this, so nothing was sent.",
    "missing_pixel_id": (
        "The Pixel ID is empty for this event. Check the data element that should give it."
    ),
    "invalid_pixel_id": "The Pixel ID is not a number. Copy it from Events Manager.",
    "missing_access_token": (
        "The access token is empty for this event. Check the secret or data element it comes from."
    ),
    "invalid_api_version": "The API version must look like v26.0.",
    "missing_test_event_code": (
        "The event is to be sent as a test event, but its test event code is empty."
    ),
    "invalid_test_event_code": (
        "The test event code of this event has something else than letters and digits, or is too "
        "long. Copy it from Events Manager, under Test Events."
    ),
    "missing_app_secret": (
        "The app secret is empty for this event. Check the secret or data element it comes from."
    ),
    "missing_event_name": "The event has no name. Meta requires an event name.",
    "missing_action_source": "The action source is empty. Meta requires it.",
    "invalid_action_source": "The action source is none of those that Meta knows.",
    "missing_event_time": (
        "The event has no time, and filling it automatically is switched off. Meta requires it."
    ),
    "invalid_event_time": (
        "The event time cannot be read. Use Unix seconds or an ISO 8601 date with a time zone."
    ),
    "event_too_old": "The event is too old. Meta takes events of the last 7 days.",
    "store_event_too_old": "The event is too old. Meta takes store events of the last 62 days.",
    "event_in_future": (
        "The event time lies more than a minute in the future. Check the clock of its source."
    ),
    "missing_event_source_url": (
        "A website event needs the address of its page, beginning with http:// or https://."
    ),
    "missing_advertiser_tracking": (
        "An app event has to say whether the person allows tracking. Fill Advertiser Tracking in "
        "the app data."
    ),
    "missing_extinfo": (
        "An app event needs the device information (extinfo), at least the platform and the "
        "version of its operating system."
    ),
    "invalid_extinfo": (
        "The device information (extinfo) of the app event is not what Meta takes."
    ),
    "missing_messaging_channel": "A messaging event needs its channel.",
    "invalid_messaging_channel": (
        "The messaging channel is none that Meta knows: whatsapp, messenger or instagram."
    ),
    "missing_messaging_id": "The messaging event lacks an id that Meta requires.",
    "too_little_customer_information": (
        "There is too little customer information for Meta to find a person."
    ),
    "purchase_without_value": (
        "A Purchase needs a value in its custom data, as a number. 0 is a value too."
    ),
    "purchase_without_currency": (
        "A Purchase needs a currency in its custom data, as a three-letter code such as EUR."
    ),
    "invalid_contents": 'The "contents" of the custom data must be a list of objects.',
    "invalid_custom_data": "The custom data of the action is not a JSON object.",
    "invalid_object": "A setting of the action that holds JSON is not a JSON object.",
}


class Refusal(Exception):
    """Ends the making of one payload. Never leaves the package."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = f"{MESSAGES[code]} {detail}".rstrip()
