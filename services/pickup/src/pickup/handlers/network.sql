-- name: save_locations
-- Takes over what headquarters says of locations, the highest version.
INSERT INTO location (location_id, version, walking_order, opens, closes, closed_on, opens_on_holidays, closed,
                      pick_minutes_per_day, pickup_window_hours, area)
SELECT location_id, version, walking_order, opens, closes, closed_on, opens_on_holidays, closed, pick_minutes_per_day,
       pickup_window_hours, area
FROM jsonb_populate_recordset(NULL::location, $1::jsonb)
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, walking_order = excluded.walking_order, opens = excluded.opens, closes = excluded.closes,
    closed_on = excluded.closed_on, opens_on_holidays = excluded.opens_on_holidays, closed = excluded.closed,
    pick_minutes_per_day = excluded.pick_minutes_per_day, pickup_window_hours = excluded.pickup_window_hours,
    area = excluded.area
WHERE location.version < excluded.version;

-- name: close_locations
-- A location that headquarters has deleted takes no work any more.
UPDATE location SET closed = true, pick_minutes_per_day = 0 WHERE location_id = ANY($1::text[]);

-- name: save_lanes
-- Takes over lanes, the highest version of each.
INSERT INTO lane (lane_id, version, from_location_id, to_location_id, days, cut_off_minutes, transit_days,
                  runs_on_holidays, carrier, cost_jpy, owner)
SELECT lane_id, version, from_location_id, to_location_id, days, cut_off_minutes, transit_days, runs_on_holidays,
       carrier, cost_jpy, owner
FROM jsonb_populate_recordset(NULL::lane, $1::jsonb)
ON CONFLICT (lane_id) DO UPDATE
SET version = excluded.version, days = excluded.days, cut_off_minutes = excluded.cut_off_minutes,
    transit_days = excluded.transit_days, runs_on_holidays = excluded.runs_on_holidays, carrier = excluded.carrier, cost_jpy = excluded.cost_jpy, owner = excluded.owner
WHERE lane.version < excluded.version;

-- name: delete_lanes
-- Forgets lanes that headquarters has deleted.
DELETE FROM lane WHERE lane_id = ANY($1::text[]);

-- name: save_products
-- Takes over the categories of products, the highest version of each.
INSERT INTO product (sku, version, category)
SELECT sku, version, category FROM jsonb_populate_recordset(NULL::product, $1::jsonb)
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, category = excluded.category
WHERE product.version < excluded.version;

-- name: delete_products
-- Forgets products that headquarters has deleted.
DELETE FROM product WHERE sku = ANY($1::text[]);
