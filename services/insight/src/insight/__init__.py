"""Sales credit between stores and EC, and KPIs with target, owner and date."""
