"""What inventory does with each message, by use case: load, decide, save, a batch at a time."""
