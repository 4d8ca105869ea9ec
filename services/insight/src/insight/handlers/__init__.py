"""What insight does with each message: load, decide, save."""
