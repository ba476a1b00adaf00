"""The club's lake asked by DuckDB, Trino and Spark: what `make engines` installs, starts and compares."""
