"""Other ways to do the same, each with nothing of ours."""
