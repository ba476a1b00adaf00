"""Private copies of the published database: fetched, checked, kept warm, compacted."""
