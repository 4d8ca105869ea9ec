"""What an order is and what becomes of it: frozen values and pure functions, no clock, no database, no topic."""
