"""People and what they may do."""

from accounts.models.audit import AuditEntry
from accounts.models.grants import Grant, Right
from accounts.models.users import User

__all__ = ["AuditEntry", "Grant", "Right", "User"]
