"""Keep secrets out of texts that people and log files see.

Two nets: every secret this process has handled is remembered and removed wherever it appears, and what
looks like a secret by its surroundings (`Bearer ...`, `refresh_token=...`) is removed without being known.
"""

from __future__ import annotations

import re

HIDDEN = "***"

# Shorter texts would turn up inside ordinary words.
_SHORTEST = 6
_known: set[str] = set()

_NAMED = re.compile(
    r"(?P<key>\b(?:access_token|refresh_token|client_secret|authorization|password)\b[\"']?\s*[:=]\s*[\"']?|"
    r"\b(?:code|token|secret|state)=|\bBearer\s+)(?!\*\*\*)[^\s\"'&,;}\])]+",
    re.IGNORECASE,
)


def remember(*secrets: str | None) -> None:
    """From now on `redacted` removes these texts wherever they appear."""
    _known.update(secret for secret in secrets if secret and len(secret) >= _SHORTEST)


def redacted(text: str) -> str:
    """The text with every known or recognisable secret replaced by `***`."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = re.sub(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)bearer\s+", r"\1", text)
    return _NAMED.sub(lambda match: match["key"] + HIDDEN, text)
