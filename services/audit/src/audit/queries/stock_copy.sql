-- What a copy of inventory.availability says, in whichever schema it is kept; search_path names the schema.

-- name: bands
-- Some rows of the copy, with the pieces by which the limits of its bands lie higher there.
SELECT b.location_id, b.sku, b.version, b.band, b.few_more, b.available_more
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
JOIN stock_band AS b ON b.sku = k.sku AND b.location_id = k.location_id;

-- name: band_keys
-- The next rows of the copy, in the order of its key, after the row of a location and SKU.
SELECT location_id, sku FROM stock_band WHERE (sku, location_id) > ($2, $1) ORDER BY sku, location_id LIMIT $3;
