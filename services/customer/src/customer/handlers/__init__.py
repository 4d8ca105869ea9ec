"""What customer does on each message: load → decide → save, one module per use case."""
