"""What `tsunagu rebuild` does: it asks the services' operator ports, never their databases."""
