"""Typed functions over the queries of `queries.sql`, set by set."""
