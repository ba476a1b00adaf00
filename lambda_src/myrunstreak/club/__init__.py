"""A club of many runners: who is in it, what each shares, and what is done for all of them."""
