"""The life of an order, from placed to completed or returned."""
