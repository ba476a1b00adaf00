"""AWS as a server on this machine speaks it, for every package's tests."""

from tests.stage.moto import aws, moto_url, open_it, reference

__all__ = ["aws", "moto_url", "open_it", "reference"]
