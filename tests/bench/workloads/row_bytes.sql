-- What tables take.

-- name: table_bytes
-- $1 table. With its partitions, indexes and long values.
SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM pg_partition_tree($1::text::regclass);
