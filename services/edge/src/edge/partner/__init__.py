"""The door for channels and partners: orders in, their progress and stock bands out."""
