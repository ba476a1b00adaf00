"""The stand-ins for AWS that the function works with."""

from __future__ import annotations

from tests.stage.aws import cloud, moto_url

__all__ = ["cloud", "moto_url"]
