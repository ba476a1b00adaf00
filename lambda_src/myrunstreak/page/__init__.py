"""The runner's page: rendered when the record is published, served as files, its state computed where the clock is."""
