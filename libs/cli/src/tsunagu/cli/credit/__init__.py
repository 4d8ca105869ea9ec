"""What `tsunagu credit` asks and shows."""
