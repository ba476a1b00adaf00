"""Lambda entry points: composition roots, no logic."""
