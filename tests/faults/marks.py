"""What must not get out, and how to tell that it did."""

from __future__ import annotations

import base64
from urllib.parse import quote

# Every access token of these tests begins so, and every e-mail address ends so. They have none of
# the shapes that the log's last guard blots out for a token.
TOKEN_MARK = "CanaryTokenWkQ7"
# A server key that nobody was given. The product makes the good ones itself.
WRONG_KEY = "capi_sk_CanaryServerKeyWkQ7"
EMAIL_MARK = "canary-person-wkq7.example"


def forms_of(text: str) -> set[bytes]:
    """Return the ways a text may be written without being hidden.

    In Base64 a text looks different after nothing, one byte or two, and its last characters depend
    on what follows: those are left out.
    """
    plain = text.encode()
    return {
        plain,
        quote(text, safe="").encode(),
        plain.hex().encode(),
        *(_in_base64(plain, before) for before in range(3)),
    }


def _in_base64(plain: bytes, before: int) -> bytes:
    whole_groups = (before + len(plain)) // 3 * 4
    first = 0 if before == 0 else 4
    return base64.b64encode(b"\0" * before + plain)[first:whole_groups]
