"""Typed functions over the queries in the `.sql` file beside each module, set by set."""
