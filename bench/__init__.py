"""Measures MyRunStreak against named alternatives: ``python -m bench``, or ``make bench``."""
