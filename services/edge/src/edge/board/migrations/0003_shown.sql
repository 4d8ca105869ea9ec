-- What the board shows beside KPIs, as it was told: definitions, policies, measures, journeys, locations.
CREATE TABLE shown (
    topic text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (topic, key)
);

-- What was found out for somebody who asked: policies that were tried, what stands behind a KPI.
CREATE TABLE found (
    wire_type text NOT NULL,
    question_id text NOT NULL,
    body jsonb NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (wire_type, question_id)
);
CREATE INDEX found_told ON found (told_at);
