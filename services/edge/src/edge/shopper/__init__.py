"""The door for shoppers: an isolated, coarse, rate-limited copy with a database of its own."""
