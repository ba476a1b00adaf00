"""Everything that keeps runs: database, raw archive, recordings, publishing."""
