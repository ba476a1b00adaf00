"""The record as commands open it, and its figures."""
