"""What `tsunagu import` does beside reading the file: it sends, and it reports."""
