-- Who is signed in, by the digest of the secret in their cookie; and passwords tried lately, by digests of who tried.
CREATE TABLE web_session (
    token_digest bytea PRIMARY KEY,
    user_name text NOT NULL,
    credential bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX web_session_expires ON web_session (expires_at);
CREATE INDEX web_session_seen ON web_session (last_seen_at);
CREATE TABLE sign_in_try (
    subject text PRIMARY KEY,
    tries int NOT NULL,
    began_at timestamptz NOT NULL
);
CREATE INDEX sign_in_try_began ON sign_in_try (began_at);
