"""Availability for channels: all of it and what has changed, less each channel's buffer."""
