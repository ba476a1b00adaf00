"""The schema: numbered SQL files, applied forward."""
