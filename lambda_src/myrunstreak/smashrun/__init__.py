"""Smashrun: HTTP client, OAuth, the shapes of its answers."""
