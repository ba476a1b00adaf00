"""How the command is typed: its tree and help, words for days, completion, and one line for wrong usage."""
