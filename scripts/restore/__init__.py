"""Puts an earlier state of the database in the place of the present one."""
