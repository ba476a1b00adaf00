"""Measures MyRunStreak against named alternatives: ``python -m scripts.bench``, or ``make bench``."""
