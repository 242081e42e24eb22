"""The screens of what happened: the Event Log, and one event told in full."""
