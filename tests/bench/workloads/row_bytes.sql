-- What tables take.

-- name: table_bytes
-- $1 table. With its partitions, indexes and long values; the tree of a table without partitions is empty.
SELECT pg_total_relation_size($1::text::regclass)
       + coalesce(sum(pg_total_relation_size(relid)) FILTER (WHERE relid <> $1::text::regclass), 0)::bigint
FROM pg_partition_tree($1::text::regclass);
