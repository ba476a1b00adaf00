"""The whole product on this machine, for `make run`."""
