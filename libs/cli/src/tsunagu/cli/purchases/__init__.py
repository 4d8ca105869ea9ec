"""What `tsunagu customer` asks and shows of purchases."""
