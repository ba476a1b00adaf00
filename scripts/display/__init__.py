"""The output of commands: tables, measures, progress, errors."""
