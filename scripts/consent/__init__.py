"""The runner's consent: from an address to open to tokens that Smashrun accepts."""
