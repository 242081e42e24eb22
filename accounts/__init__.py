"""People: users, rights per property, the audit log."""
