"""What edge decides, without I/O: bands, places, barcodes, business days."""
