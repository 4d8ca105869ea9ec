-- What the benchmark asks of customer's database.

-- name: pass_over_triggers
-- What is written here is whole: no foreign key is checked row by row.
SET session_replication_role = replica;

-- name: merged_by_evidence
-- How many customers turned out to be another.
SELECT count(*) FROM customer WHERE ended_as = 'merged';
