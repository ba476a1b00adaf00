"""The policy pack; the program does not import it."""
