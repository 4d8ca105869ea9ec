"""The door for channels, shoppers and staff: HTTP in, commands out, copies of its own to answer from."""
