"""Archived answers into rows: staged, typed and folded by DuckDB in bulk."""
