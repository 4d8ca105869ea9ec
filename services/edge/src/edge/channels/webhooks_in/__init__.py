"""Webhooks in: whose they are, and what they say in each of the two formats."""
