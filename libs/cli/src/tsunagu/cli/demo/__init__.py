"""The demo: a whole retailer on this machine, from its first lorry to its audit."""
