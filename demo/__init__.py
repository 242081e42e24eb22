"""The demo: a property that is set up and live, and a small shop that sends its events."""
