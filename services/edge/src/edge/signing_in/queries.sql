-- name: insert_web_session
-- Begins a session.
INSERT INTO web_session (token_digest, user_name, credential, created_at, last_seen_at, expires_at)
VALUES ($1, $2, $3, $4, $4, $5);

-- name: read_web_session
-- A session that has not ended by itself: used lately ($3), and not too old.
SELECT user_name, credential, last_seen_at FROM web_session
WHERE token_digest = $1 AND expires_at > $2 AND last_seen_at > $3;

-- name: see_web_session
-- Remembers that a session is in use.
UPDATE web_session SET last_seen_at = $2 WHERE token_digest = $1 AND last_seen_at < $2;

-- name: delete_web_session
-- Ends a session.
DELETE FROM web_session WHERE token_digest = $1;

-- name: delete_ended_web_sessions
-- Forgets sessions that have ended, some at a time.
WITH taken AS MATERIALIZED (
    SELECT token_digest FROM web_session WHERE expires_at <= $1 OR last_seen_at <= $2
    LIMIT $3 FOR UPDATE SKIP LOCKED
)
DELETE FROM web_session WHERE token_digest IN (SELECT token_digest FROM taken);

-- name: count_sign_ins
-- Counts a try against each of its subjects before the password is looked at, so that tries at once count too.
INSERT INTO sign_in_try (subject, tries, began_at)
SELECT subject, 1, $2::timestamptz FROM unnest($1::text[]) AS s (subject) ORDER BY subject
ON CONFLICT (subject) DO UPDATE
SET tries = CASE WHEN sign_in_try.began_at <= $3 THEN 1 ELSE sign_in_try.tries + 1 END,
    began_at = CASE WHEN sign_in_try.began_at <= $3 THEN $2 ELSE sign_in_try.began_at END
RETURNING subject, tries, began_at;

-- name: take_back_sign_ins
-- A right password was no failure: its try counts no more, and those before it from the same place ($2) were typing errors.
WITH locked AS MATERIALIZED (
    SELECT subject FROM sign_in_try WHERE subject = ANY($1::text[]) ORDER BY subject FOR UPDATE
)
UPDATE sign_in_try t SET tries = CASE WHEN t.subject = $2 THEN 0 ELSE t.tries - 1 END
FROM locked WHERE t.subject = locked.subject;

-- name: delete_old_sign_ins
-- Forgets tries that count no more, some at a time.
WITH taken AS MATERIALIZED (
    SELECT subject FROM sign_in_try WHERE began_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM sign_in_try WHERE subject IN (SELECT subject FROM taken);
