"""A club at the keyboard: in a folder of this machine, or in AWS."""
