"""Picks, transfers, parcels, handover: how an order's goods get into the shopper's hands."""
