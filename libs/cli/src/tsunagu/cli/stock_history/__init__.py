"""What `tsunagu stock history` asks and shows."""
