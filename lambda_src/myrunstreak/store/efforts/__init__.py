"""Best efforts: the fastest stretch of each run over each known distance."""
