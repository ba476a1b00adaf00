-- One row per day between two, both included, with records that wait in quarantine: how many.
SELECT date, count(*) AS records
FROM waiting_records
WHERE list_contains($days, date)
GROUP BY date
ORDER BY date
