"""Buying as a guest: a quote, the order, and what may be asked of it afterwards."""
