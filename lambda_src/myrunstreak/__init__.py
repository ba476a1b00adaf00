"""MyRunStreak: a runner's Smashrun record, kept as their own."""

import os

# None is wanted, and looking for one reads the metadata of every package there is.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
