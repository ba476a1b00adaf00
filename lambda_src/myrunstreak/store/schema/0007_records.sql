-- One row per distance over which a longer best effort allows more than was ever measured. While recordings are still to
-- come, a run counts by its average alone, and the shorter stretches within it are not known yet: its pace is the least
-- that the fastest of them is worth (docs/numbers.md). A run whose recording says itself what was run over the shorter
-- distance bounds nothing there, nor does what is flagged.
CREATE VIEW effort_bounds AS
WITH known AS (
    SELECT distance, CAST(distance_m AS DOUBLE) AS distance_m, row_number() OVER (ORDER BY distance_m) AS place
    FROM effort_distances
),
counted AS (
    SELECT e.activity_id, e.distance, e.distance_m, e.elapsed_s, e.source, k.place, r.start_date, r.start_local
    FROM best_efforts AS e
    JOIN known AS k ON k.distance = e.distance
    JOIN run_measures AS r ON r.activity_id = e.activity_id
    WHERE NOT e.flagged
),
measured AS (
    SELECT distance, min(elapsed_s) AS elapsed_s FROM counted GROUP BY distance
),
-- Most runs with a recording have an effort over every distance up to their longest: they bound nothing.
partly_known AS (
    SELECT activity_id FROM counted GROUP BY activity_id HAVING count(*) FILTER (source = 'recording') < max(place)
),
bounds AS (
    SELECT
        k.distance,
        k.distance_m,
        longer.elapsed_s / longer.distance_m * k.distance_m AS elapsed_s,
        longer.activity_id,
        longer.start_date AS date,
        longer.distance AS bounded_by,
        longer.start_local,
        longer.place
    FROM counted AS longer
    JOIN partly_known USING (activity_id)
    JOIN known AS k ON k.place < longer.place
    LEFT JOIN counted AS own
        ON own.activity_id = longer.activity_id AND own.place = k.place AND own.source = 'recording'
    WHERE own.activity_id IS NULL
)
SELECT b.distance, b.distance_m, b.elapsed_s, b.activity_id, b.date, b.bounded_by
FROM bounds AS b LEFT JOIN measured AS m ON m.distance = b.distance
-- As fast is not faster: a millionth of a second is how fractions come out.
WHERE m.elapsed_s IS NULL OR b.elapsed_s < m.elapsed_s - 1e-6
QUALIFY row_number() OVER (
    PARTITION BY b.distance
    ORDER BY round(b.elapsed_s, 6), b.start_local, b.activity_id, b.place
) = 1;
