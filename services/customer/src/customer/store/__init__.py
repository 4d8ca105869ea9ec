"""The service's tables: every query is in `queries.sql`, every function works on whole sets."""
