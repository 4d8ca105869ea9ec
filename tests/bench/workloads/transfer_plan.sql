-- A network of stores that all send goods to others.

-- name: insert_stores
-- So many stores, open from 10:00 to 21:00; every other one closes on public holidays, every seventh on Wednesdays.
INSERT INTO location (location_id, version, opens, closes, opens_on_holidays)
SELECT 'S' || n, 1,
       ARRAY[600, 600, CASE WHEN n % 7 = 0 THEN -1 ELSE 600 END, 600, 600, 600, 600]::smallint[],
       ARRAY[1260, 1260, CASE WHEN n % 7 = 0 THEN -1 ELSE 1260 END, 1260, 1260, 1260, 1260]::smallint[],
       n % 2 = 0
FROM generate_series(0, $1::int - 1) AS n;

-- name: insert_lanes
-- From each of $1 stores a lane to each of the $2 that follow it; daily, on working days or three days a week, with a cut-off in
-- the afternoon, at night or after midnight.
INSERT INTO lane (lane_id, version, from_location_id, to_location_id, days, cut_off_minutes, transit_days, runs_on_holidays,
                  carrier, cost_jpy, owner)
SELECT 'S' || n || ':S' || (n + k) % $1::int, 1, 'S' || n, 'S' || (n + k) % $1::int,
       CASE k % 3 WHEN 0 THEN '{0,1,2,3,4,5,6}' WHEN 1 THEN '{0,1,2,3,4}' ELSE '{0,2,4}' END::smallint[],
       CASE k % 4 WHEN 0 THEN 900 WHEN 1 THEN 1080 WHEN 2 THEN 1380 ELSE 1530 END,
       k % 3, k % 2 = 0, 'Yamabiko', 400 + k, 'logistics'
FROM generate_series(0, $1::int - 1) AS n, generate_series(1, $2::int) AS k;

-- name: read_lanes
-- Every lane.
SELECT from_location_id, to_location_id, days, cut_off_minutes, transit_days, runs_on_holidays, carrier, cost_jpy, owner
FROM lane;

-- name: read_places
-- When every location is open.
SELECT location_id, opens, closes, closed_on, opens_on_holidays FROM location;
