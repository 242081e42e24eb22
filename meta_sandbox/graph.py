"""Graph's manner of answering: error and success bodies, headers, trace ids, access tokens."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from meta_sandbox.problems import Finding
from meta_sandbox.wire import Response

SHORTEST_TOKEN: Final = 8
NEWEST_VERSION: Final = "v26.0"


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error as Graph reports it, with the HTTP status it comes with."""

    status: int
    code: int
    message: str
    subcode: int | None = None
    type: str = "OAuthException"
    is_transient: bool = False
    title: str | None = None
    user_message: str | None = None

    def body(self, trace_id: str) -> bytes:
        """The JSON body; optional keys are left out when there is nothing to say."""
        error = {
            "message": self.message,
            "type": self.type,
            "code": self.code,
            "error_subcode": self.subcode,
            "is_transient": self.is_transient,
            "error_user_title": self.title,
            "error_user_msg": self.user_message,
            "fbtrace_id": trace_id,
        }
        return orjson.dumps({"error": {k: v for k, v in error.items() if v is not None}})


MISSING_TOKEN: Final = GraphError(401, 190, "An access token is required to request this resource.")
MALFORMED_TOKEN: Final = GraphError(401, 190, "Invalid OAuth access token - Cannot parse it.")
EXPIRED_TOKEN: Final = GraphError(
    401, 190, "Error validating access token: the session has expired.", 463
)
REVOKED_TOKEN: Final = GraphError(
    401, 190, "Error validating access token: the session has been invalidated.", 460
)
NO_PERMISSION: Final = GraphError(
    403, 200, "(#200) The token lacks permission to send events to this dataset."
)
UNKNOWN_OBJECT: Final = GraphError(
    400,
    100,
    "Unsupported post request. The object does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation.",
    33,
    type="GraphMethodException",
)
MISSING_PROOF: Final = GraphError(
    400,
    100,
    "API calls from the server require an appsecret_proof argument",
    type="GraphMethodException",
)
INVALID_PROOF: Final = GraphError(
    400,
    100,
    "Invalid appsecret_proof provided in the API argument",
    type="GraphMethodException",
)
UNKNOWN_PATH: Final = GraphError(404, 2500, "Unknown path components.")
WRONG_METHOD: Final = GraphError(
    405, 100, "Unsupported method for this path.", type="GraphMethodException"
)
TOO_LARGE: Final = GraphError(413, 100, "The request body is too large.")
NOT_JSON_TYPE: Final = GraphError(400, 100, "Send the body with Content-Type: application/json.")
MALFORMED_JSON: Final = GraphError(400, 100, "The request body is not valid JSON.")
NOT_AN_OBJECT: Final = GraphError(400, 100, "The request body is not a JSON object.")
TOO_DEEP: Final = GraphError(400, 100, "An event is nested too deeply.")

_PROOF: Final = re.compile(r"[0-9a-f]{64}")

# A word in the token chooses the trouble, so that every state can be shown without an account.
TOKEN_TROUBLE: Final = {
    "EXPIRED": EXPIRED_TOKEN,
    "REVOKED": REVOKED_TOKEN,
    "NOPERM": NO_PERMISSION,
}


def invalid_parameter(message: str) -> GraphError:
    """A refusal of the sandbox's own doors, in Graph's shape."""
    return GraphError(400, 100, message)


def payload_error(finding: Finding) -> GraphError:
    """The answer to a payload with this finding."""
    problem = finding.problem
    return GraphError(
        400,
        100,
        "Invalid parameter",
        problem.subcode,
        title=problem.title,
        user_message=finding.public_message,
    )


def new_trace_id() -> str:
    """An fbtrace_id: "A" and 22 random characters."""
    return "A" + secrets.token_urlsafe(16)


def find_token(headers: Mapping[str, str], query: Mapping[str, str], body: object) -> str:
    """The access token from header, query or body, in this order; empty when there is none."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    candidate: Any = query.get("access_token")
    if candidate is None and isinstance(body, dict):
        candidate = body.get("access_token")
    return candidate if isinstance(candidate, str) else ""


def token_error(token: str) -> GraphError | None:
    """What is wrong with the token, if anything."""
    if not token:
        return MISSING_TOKEN
    for word, error in TOKEN_TROUBLE.items():
        if word in token:
            return error
    return MALFORMED_TOKEN if len(token) < SHORTEST_TOKEN else None


def proof_error(
    query: Mapping[str, str], body: object, token: str, app_secret: str
) -> GraphError | None:
    """What is wrong with the appsecret_proof of query or body, if anything.

    It is needed, and can be wrong in more than its form, only where there is an app secret.
    """
    sources = (query, body if isinstance(body, dict) else {})
    proofs = [source["appsecret_proof"] for source in sources if "appsecret_proof" in source]
    if not proofs:
        return MISSING_PROOF if app_secret else None
    proof = proofs[0]
    if not isinstance(proof, str) or not _PROOF.fullmatch(proof):
        return INVALID_PROOF
    if app_secret and not hmac.compare_digest(proof, proof_of(token, app_secret)):
        return INVALID_PROOF
    return None


def proof_of(token: str, app_secret: str) -> str:
    """The appsecret_proof of a token."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def last_four(token: str) -> str:
    """The end of a token, enough to tell tokens apart; empty when the token is too short."""
    return token[-4:] if len(token) >= SHORTEST_TOKEN else ""


def object_error(object_id: str) -> GraphError | None:
    """The answer for a pixel that is not there: "404", or one that starts with "000"."""
    return UNKNOWN_OBJECT if object_id == "404" or object_id.startswith("000") else None


def success_body(events_received: int, messages: Sequence[str], trace_id: str) -> bytes:
    """The body of a request whose events were all taken, perhaps with warnings."""
    return orjson.dumps(
        {"events_received": events_received, "messages": [*messages], "fbtrace_id": trace_id}
    )


def graph_response(
    status: int, body: bytes, trace_id: str, version: str = NEWEST_VERSION
) -> Response:
    """A JSON answer with Graph's headers."""
    headers = {"facebook-api-version": version, "x-fb-trace-id": trace_id}
    return Response(status, body, headers=headers)


def error_response(error: GraphError, trace_id: str, version: str = NEWEST_VERSION) -> Response:
    """An error answer with Graph's headers."""
    return graph_response(error.status, error.body(trace_id), trace_id, version)
