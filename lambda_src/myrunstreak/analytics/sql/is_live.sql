-- One row: whether there is such a run.
SELECT count(*) > 0 AS lives FROM runs WHERE activity_id = $activity_id
