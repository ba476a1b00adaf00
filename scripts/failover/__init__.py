"""Moves a record to another region and back: `make failover`, `make failback`."""
