-- When what failed is tried again; NULL: at once.
ALTER TABLE details_queue ADD COLUMN retry_at TIMESTAMP;

-- One row per run whose splits Smashrun was asked for in vain.
CREATE TABLE splits_failures (
    activity_id BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    last_error VARCHAR,
    retry_at TIMESTAMP
);
