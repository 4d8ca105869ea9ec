"""Finding products: by words, by barcode or SKU, and in their other sizes and colours."""
