"""The commands of `myrunstreak`, one a file."""
