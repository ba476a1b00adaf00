-- One row: up to when the record was Smashrun's, and when the last sync that found it so ended; naive UTC. And
-- whether anything waits in quarantine.
SELECT max(data_as_of) AS data_as_of, max(finished_at) FILTER (data_as_of IS NOT NULL) AS last_success_at,
    (SELECT count(*) > 0 FROM quarantine) AS has_waiting
FROM sync_log
