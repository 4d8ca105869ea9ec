"""What operators see: how far services are behind, and what waits for a person, with the orders and yen it is about."""
