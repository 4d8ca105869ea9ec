"""The rules of stock: frozen values and pure functions, without a database and without a clock."""
