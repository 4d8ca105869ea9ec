"""Stock per location and SKU, its ledger, and the promises made from it."""
