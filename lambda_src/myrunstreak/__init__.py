"""MyRunStreak: a runner's Smashrun record, kept as their own."""
