-- A chain's stock as edge keeps it: bands of every product in every store.

-- name: insert_stores
-- $1 stores, spread over the prefectures' latitudes and longitudes.
INSERT INTO location (location_id, version, name_ja, name_en, kind, prefecture, city, address, latitude, longitude,
                      pickup_enabled, opening_hours, closed_dates, opens_on_holidays, place_names)
SELECT 'S' || lpad(n::text, 6, '0'), 1, n || '号店', 'Store ' || n, 'store', 'JP-13', '渋谷区', '1-1',
       33 + (n * 7919 % 1000) / 100.0, 130 + (n * 104729 % 1100) / 100.0, true,
       '[{"day": "mon", "opens": "10:00", "closes": "20:00"}, {"day": "tue", "opens": "10:00", "closes": "20:00"},
         {"day": "wed", "opens": "10:00", "closes": "20:00"}, {"day": "thu", "opens": "10:00", "closes": "20:00"},
         {"day": "fri", "opens": "10:00", "closes": "20:00"}, {"day": "sat", "opens": "10:00", "closes": "21:00"},
         {"day": "sun", "opens": "10:00", "closes": "21:00"}]', '[]', true, ARRAY['渋谷区', 'city' || n]
FROM generate_series(1, $1::bigint) AS n;

-- name: insert_feeds
-- All stores were heard from just now.
INSERT INTO feed (location_id, version, last_seen_at) SELECT location_id, 1, now() FROM location;

-- name: insert_products
-- $1 products.
INSERT INTO product (sku, version, gtins, active, body)
SELECT 'K' || n, 1, ARRAY[lpad(n::text, 14, '0')], true, jsonb_build_object('sku', 'K' || n)
FROM generate_series(1, $1::bigint) AS n;

-- name: insert_bands
-- Every product in every store, a quarter of them sold out.
INSERT INTO stock_band (sku, location_id, version, band, as_of, few_more, available_more)
SELECT p.sku, l.location_id, 1, (ARRAY['none', 'few', 'available', 'plenty'])[1 + abs(hashtext(p.sku || l.location_id)) % 4],
       now(), 2, 4
FROM product AS p CROSS JOIN location AS l
ORDER BY p.sku, l.location_id;
