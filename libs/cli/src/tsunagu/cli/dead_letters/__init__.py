"""What `tsunagu dlq` does: it asks the services' operator ports, never their databases."""
