-- name: keep_products
-- Keeps the newest version of each product.
INSERT INTO product (sku, version, gtins, active, body)
SELECT n.sku, n.version, string_to_array(n.gtins, ' '), n.active, n.body
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::jsonb[]) AS n (sku, version, gtins, active, body)
ORDER BY n.sku
ON CONFLICT (sku) DO UPDATE
SET version = excluded.version, gtins = excluded.gtins, active = excluded.active, body = excluded.body
WHERE product.version < excluded.version;

-- name: forget_products
-- Forgets products that are no more.
DELETE FROM product WHERE sku = ANY($1::text[]);

-- name: read_product_by_sku
-- One product.
SELECT sku, body FROM product WHERE sku = $1;

-- name: read_product_by_gtin
-- The product with this barcode; of several, one that is on sale.
SELECT sku, body FROM product WHERE gtins @> ARRAY[$1::text] ORDER BY active DESC, sku LIMIT 1;

-- name: read_products
-- The products with these SKUs.
SELECT body FROM product WHERE sku = ANY($1::text[]) ORDER BY sku;
