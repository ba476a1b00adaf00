"""The tables of the schema, by what they hold."""

from __future__ import annotations

from typing import Final

# What `rebuild` reproduces row by row; the other tables are the file's own book-keeping.
CONTENT_TABLES: Final = (
    "activities",
    "splits",
    "splits_beyond_run",
    "laps",
    "best_efforts",
    "efforts_beyond_run",
    "quarantine",
    "objects_set_aside",
    "archive_log",
)

# What every publication makes from them (store/stored_numbers.py).
STORED_NUMBERS: Final = ("stored_daily_sums", "stored_best_holders", "stored_content")
