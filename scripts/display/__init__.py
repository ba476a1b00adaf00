"""What commands show: tables, measures, progress, and how each ends."""
