"""The full comparison: what a site says of its orders beside what is here, and lost webhooks made good."""
