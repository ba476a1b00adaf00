"""What infrastructure and application share. Imports the standard library and pydantic only."""
