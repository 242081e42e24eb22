"""Spare deliveries whose claim the database itself broke off.

A claim counts against its deliveries, as they may be what ends their workers. The database's own
trouble says nothing about them. While it lasts nothing can be taken back, so this process remembers
the claims until the database is there again.

Deliveries whose request was opened may have been sent. They are spared only so often: else trouble
that comes back each time an outcome is written would send them again and again.
"""

from __future__ import annotations

from collections import deque

import structlog
from django.db import Error

from delivery import claims
from delivery.claims import DeliveryClaim
from delivery.failures import described, is_database_trouble, renew_connection

logger = structlog.get_logger(__name__)

# Long enough not to spin while the database is in trouble.
_WAIT_SECONDS = 2

_broken_off: deque[DeliveryClaim] = deque()


def spare(claim: DeliveryClaim, error: Exception) -> None:
    """Let the claim not count, now or as soon as it can be written."""
    logger.error("claim_broken_off", attempt_id=claim.token.hex, **described(error))
    _broken_off.append(claim)
    catch_up()


def catch_up() -> None:
    """Write what could not be written while the database was away."""
    renew_connection()
    while _broken_off:
        claim = _broken_off.popleft()
        try:
            claims.spare_deliveries(claim, _WAIT_SECONDS)
        except Error as error:
            if is_database_trouble(error):
                _broken_off.appendleft(claim)
                return
            # It stays counted: to try for ever would keep this process from its work.
            logger.error("claim_not_spared", attempt_id=claim.token.hex, **described(error))
