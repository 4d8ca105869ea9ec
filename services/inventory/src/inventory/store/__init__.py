"""The tables, as working copies for one transaction: load what is locked, change it, save it, a batch at a time."""
