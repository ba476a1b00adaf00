"""Layered streaks: the runner's own, one inside the other."""
