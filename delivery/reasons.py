"""The reasons that delivery itself gives, in words for people.

Codes are stable: they stand in `reason` columns. A refused action and a destination's answer bring
their own words, kept beside their codes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """What happened, in one line, and what it means or what to do."""

    title: str
    explanation: str


BY_HAND = "operator"  # of a hold that only a person ends
SYSTEMATIC = "systematic"  # of a hold for refusing one event after the other

REASONS: dict[str, Reason] = {
    # Why an event was not sent.
    "no_build": Reason(
        "No build is live in this environment",
        "Build a library to this environment. Events that come after that are judged by it.",
    ),
    "no_rule_matched": Reason(
        "No rule matched",
        "The conditions of every rule were looked at, and no rule fired.",
    ),
    "nothing_to_send": Reason(
        "A rule matched, but none of its actions sends anything",
        "Its actions only kept values for later actions. Add an action that sends the event to a "
        "destination.",
    ),
    "rule_failed": Reason(
        "A rule could not work with this event",
        "No rule sent anything, and at least one stopped with an error. The rule says which of its "
        "components stopped, and why.",
    ),
    "unwritable_payload": Reason(
        "The payload cannot be written as JSON",
        "A value of the action, such as a number beyond 64 bits, has no form in JSON.",
    ),
    "foreign_secret": Reason(
        "The event names a secret",
        "An access token, an app secret or another credential came with the event and looks like "
        "the name of a secret. Only settings and data elements of the type Secret may name one.",
    ),
    "too_many_destinations": Reason(
        "This environment has too many destinations",
        "Every pair of pixel and access token is one, and every host that is called; 1,000 is the "
        "most. If they come from the event, write them into settings instead.",
    ),
    "replay_other_id": Reason(
        "It would be sent under another name or id",
        "The event was run again with another build, which gives it another name or id than "
        "before. What was sent before may have arrived, so this would count it twice.",
    ),
    # Why we gave up.
    "body_unreadable": Reason(
        "The stored event cannot be read",
        "It was sealed with an encryption key that this server no longer has, or it is gone.",
    ),
    "payload_unreadable": Reason(
        "The stored payload cannot be read",
        "It was sealed with an encryption key that this server no longer has, or it is gone.",
    ),
    "build_error": Reason(
        "The build could not be run",
        "The live build, or the extension it uses, stopped with an error on this event.",
    ),
    "worker_crash": Reason(
        "Handling this ended its worker again and again",
        "It was given up so that it does not stop the others.",
    ),
    "property_deleted": Reason(
        "The property or its environment was deleted",
        "What was still to be done went with it.",
    ),
    "erasure_request": Reason(
        "The data of the person was erased",
        "A person's data was erased on request. Only the fact that there was an event remains.",
    ),
    "too_old": Reason(
        "Too old to send",
        "It waited longer than the destination takes events for.",
    ),
    "retry_window": Reason(
        "The destination could not be reached for three days",
        "Every try within 72 hours failed, so we stopped trying.",
    ),
    "ambiguous_over_48h": Reason(
        "It is not known whether it arrived",
        "An answer was lost more than 48 hours ago. Sending again so late could count it twice.",
    ),
    # Why deliveries wait.
    "answer_lost": Reason(
        "The answer is unknown",
        "The worker stopped before the answer came. The delivery is sent again with the same id.",
    ),
    "key_missing": Reason(
        "An encryption key is missing",
        "It was sealed with an encryption key that this server does not have now, or stored by a "
        "newer version. Put the key back, or the version, and start the server again; sending goes "
        "on by itself.",
    ),
    "split": Reason(
        "The batch was refused and is sent in halves",
        "One event of a batch was refused, and with it all others. Smaller batches find out which.",
    ),
    "unreadable_answer": Reason(
        "The answer could not be understood",
        "The extension stopped with an error on what the destination answered.",
    ),
    BY_HAND: Reason(
        "Paused by hand",
        "A person paused this destination. What is due waits until somebody resumes it.",
    ),
    "failing": Reason(
        "The destination keeps failing",
        "Several requests in a row failed, or half of those of a minute. Sending pauses, and tries "
        "again by itself.",
    ),
    SYSTEMATIC: Reason(
        "The destination refuses every event",
        "It refused many events, one after the other, and took none in between. They probably have "
        "something wrong in common: look at the pixel or address they go to, and at what the rule "
        "fills in. The other events wait. A few at a time are tried, and those that are refused "
        "end as rejected; as soon as one is taken, sending goes on by itself.",
    ),
    "secret_missing": Reason(
        "This environment does not have the secret",
        "What is needed to send, such as an access token or the key in a header of a call, is a "
        "secret that was deleted here, or that only other environments have. Choose one of this "
        "environment and publish.",
    ),
    "credential_unreadable": Reason(
        "An access token or secret cannot be read",
        "It was sealed with an encryption key that this server no longer has. Enter it again.",
    ),
    "credential_malformed": Reason(
        "An access token or secret cannot be used",
        "It is empty, or holds a line break, or it is a token with a space or a letter that none "
        "has. Enter it again.",
    ),
    "package_missing": Reason(
        "The extension is not on this server",
        "No installed package knows how to send this, or no address is set for its destination.",
    ),
}  # fmt: skip


def reason(code: str) -> Reason | None:
    """Return the words for a code; None when another package brought it."""
    return REASONS.get(code)
