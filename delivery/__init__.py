"""What happened: events, deliveries, attempts."""
