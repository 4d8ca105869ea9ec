-- name: read_lanes
-- The lanes that go these ways, from each of the first locations to the second one in its place.
SELECT from_location_id, to_location_id, days, cut_off_minutes, transit_days, runs_on_holidays, carrier, cost_jpy, owner
FROM unnest($1::text[], $2::text[]) AS way (from_location_id, to_location_id)
JOIN lane USING (from_location_id, to_location_id);

-- name: read_places
-- When locations are open and how long goods wait there, and in which order pickers walk past the categories; one that
-- is not there is not known.
SELECT location_id, walking_order, opens, closes, closed_on, opens_on_holidays, pickup_window_hours, area
FROM location WHERE location_id = ANY($1::text[]) AND version > 0;

-- name: read_categories
-- The categories of products.
SELECT sku, category FROM product WHERE sku = ANY($1::text[]);
