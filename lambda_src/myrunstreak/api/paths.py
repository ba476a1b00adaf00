"""Paths of the API that more than its routes know."""

from __future__ import annotations

from typing import Final

VERSION: Final = "/v1"
STATUS: Final = f"{VERSION}/status"
DOCUMENT: Final = f"{VERSION}/openapi.json"
