"""KPIs as operators and executives see them."""
