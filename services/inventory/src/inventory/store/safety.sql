-- Default safety stock per category, and the rows of stock that it is carried to.

-- name: insert_missing_defaults
-- Makes sure that there is a default to lock.
INSERT INTO safety_default (category, location_id)
SELECT k.category, k.location_id FROM unnest($1::text[], $2::text[]) AS k (category, location_id)
ON CONFLICT DO NOTHING;

-- name: lock_defaults
-- Locks defaults in the order given.
SELECT FROM unnest($1::text[], $2::text[]) AS k (category, location_id)
CROSS JOIN LATERAL (
    SELECT FROM safety_default AS d WHERE d.category = k.category AND d.location_id = k.location_id FOR UPDATE
) AS d;

-- name: save_defaults
-- Writes locked defaults, of those that were set later than what is there.
INSERT INTO safety_default AS d (category, location_id, quantity, set_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[])
ON CONFLICT (category, location_id) DO UPDATE SET quantity = excluded.quantity, set_at = excluded.set_at
WHERE d.set_at IS NULL OR d.set_at <= excluded.set_at
RETURNING d.category, d.location_id;

-- name: read_defaults
-- The defaults that count for rows of stock: of the SKU's category at the location, and everywhere.
SELECT k.location_id, k.sku, here.quantity AS here, everywhere.quantity AS everywhere
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
LEFT JOIN LATERAL (SELECT p.category FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p ON true
LEFT JOIN LATERAL (
    SELECT d.quantity FROM safety_default AS d
    WHERE d.category = p.category AND d.location_id = k.location_id LIMIT 1
) AS here ON true
LEFT JOIN LATERAL (
    SELECT d.quantity FROM safety_default AS d WHERE d.category = p.category AND d.location_id = '' LIMIT 1
) AS everywhere ON true;

-- name: skus_of_categories
-- Of each category a page of its SKUs, after a given one.
SELECT k.place, p.sku
FROM unnest($1::integer[], $2::text[], $3::text[]) AS k (place, category, after_sku)
CROSS JOIN LATERAL (
    SELECT p.sku FROM product AS p WHERE p.category = k.category AND p.sku > k.after_sku ORDER BY p.sku LIMIT $4
) AS p
ORDER BY k.place, p.sku;

-- name: rows_of_skus
-- Of each SKU a page of its rows of stock, after a given location.
SELECT k.place, s.location_id, s.sku
FROM unnest($1::integer[], $2::text[], $3::text[]) AS k (place, sku, after_location_id)
CROSS JOIN LATERAL (
    SELECT s.location_id, s.sku FROM stock AS s
    WHERE s.sku = k.sku AND s.location_id > k.after_location_id
    ORDER BY s.location_id LIMIT $4
) AS s
ORDER BY k.place, s.location_id;
