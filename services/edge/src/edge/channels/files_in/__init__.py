"""Files in: picked up from a folder per channel, taken once, acknowledged with a report."""
