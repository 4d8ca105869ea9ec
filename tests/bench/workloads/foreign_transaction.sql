-- Another service's transaction.

-- name: take_a_number
-- Makes the transaction one that has written: only such a one is seen from the server's other databases.
SELECT pg_current_xact_id();
