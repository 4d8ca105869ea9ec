"""What goes out to channels, and how it is sent until it has arrived."""
