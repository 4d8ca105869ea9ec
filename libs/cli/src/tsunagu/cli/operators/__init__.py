"""How commands reach a service: its port for operators, and what can go wrong on the way."""
