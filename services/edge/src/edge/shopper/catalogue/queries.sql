-- name: keep_searchable
-- Keeps what products are searched by.
INSERT INTO product_search (sku, version, style_id, active, words, pieces)
SELECT n.sku, n.version, n.style_id, n.active, n.words, string_to_array(n.pieces, ' ')
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::text[], $6::text[])
     AS n (sku, version, style_id, active, words, pieces)
ORDER BY n.sku
ON CONFLICT (sku) DO UPDATE
SET version = excluded.version, style_id = excluded.style_id, active = excluded.active, words = excluded.words,
    pieces = excluded.pieces
WHERE product_search.version < excluded.version;

-- name: find_by_words
-- Products on sale that have all words, one of each style, first those that have the first word at the front.
WITH found AS MATERIALIZED (
    SELECT sku, style_id, position($3 IN words) AS place
    FROM product_search
    WHERE active AND pieces @> $1::text[] AND words LIKE ALL ($2::text[])
    LIMIT $4
), styles AS (
    SELECT DISTINCT ON (style_id) sku, place FROM found ORDER BY style_id, place, sku
)
SELECT p.body
FROM styles AS s
JOIN product AS p ON p.sku = s.sku
ORDER BY s.place, s.sku
LIMIT $5;

-- name: read_variants
-- The others of a style that are on sale.
SELECT p.body
FROM product_search AS s
JOIN product AS p ON p.sku = s.sku
WHERE s.style_id = $1 AND s.active AND s.sku <> $2
ORDER BY s.sku
LIMIT $3;
