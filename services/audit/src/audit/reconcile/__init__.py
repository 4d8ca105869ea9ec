"""The check of a system at work: what differs between two places that should say the same, and since when."""
