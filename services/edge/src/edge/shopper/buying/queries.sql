-- name: read_products
-- What these products are, and cost, now.
SELECT sku, body FROM product WHERE sku = ANY($1::text[]);

-- name: read_place_of_pickup
-- Where goods can wait for whoever ordered them; no row where they can't.
SELECT location_id, name_ja, name_en, address
FROM location
WHERE location_id = $1 AND pickup_enabled AND kind <> 'warehouse';
