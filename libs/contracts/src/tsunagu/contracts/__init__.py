"""The vocabulary that every service and every channel shares: topics, envelope and messages."""
