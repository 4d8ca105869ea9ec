"""What customer decides: pure functions over frozen values; no I/O, no clock, no key."""
