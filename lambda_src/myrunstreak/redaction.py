"""Keep secrets out of texts that people and log files see.

Two nets: every secret this process has handled is remembered and removed wherever it appears, also as JSON, `repr` and
URLs write it; and what looks like a secret by itself (`mrs_...`) or by its surroundings (`Bearer ...`,
`refresh_token=...`) is removed without being known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

HIDDEN = "***"

# Shorter texts would turn up inside ordinary words.
_SHORTEST = 6
_known: set[str] = set()

# Before a value: nothing, a quote, or a quote that JSON within JSON has escaped; `b` where bytes were written.
_QUOTE = r"(?:b?\\*[\"'])?"
_NAMED = re.compile(
    r"(?P<key>\b(?:access_token|refresh_token|client_secret|authorization|password|x-api-key|x-amz-security-token)\b"
    rf"{_QUOTE}\s*[:=]\s*{_QUOTE}|"
    r"\b(?:code|token|secret|state)=|\b(?:Bearer|Basic)\s+|\bSignature=)"
    r"(?!\*\*\*|(?:null|None|true|false)\b)[^\s\"'&,;}\])\\]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(rf"(?i)(authorization{_QUOTE}\s*[:=]\s*{_QUOTE})(?:bearer|basic)\s+")
_API_KEY = re.compile(r"\bmrs_[A-Za-z0-9_-]{20,}")


def remember(*secrets: str | None) -> None:
    """From now on `redact` removes these texts wherever they appear."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST and secret not in _known:
            _known.update(_spellings(secret))


@contextmanager
def remembering_for_now() -> Generator[None]:
    """Forget at the end what was remembered meanwhile: the secrets of one runner, where a process serves several."""
    before = set(_known)
    try:
        yield
    finally:
        _known.intersection_update(before)


def redact(text: str) -> str:
    """The text with every known or recognisable secret replaced by `***`."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _API_KEY.sub(HIDDEN, text)
    text = _SCHEME.sub(r"\1", text)
    return _NAMED.sub(lambda match: match["key"] + HIDDEN, text)


def without_secrets(error: Exception) -> Exception:
    """The error itself; where its message holds a secret, another of the same name without it."""
    message = str(error)
    shown = redact(message)
    if shown == message:
        return error
    kind = type(error)
    clean: type[Exception] = type(kind.__name__, (RuntimeError,), {"__module__": kind.__module__})
    return clean(shown)


def _spellings(secret: str) -> set[str]:
    """How a secret may be written into a log."""
    raw = secret.encode(errors="surrogatepass")
    as_json = json.dumps(secret)[1:-1]
    return {
        secret,
        as_json,
        json.dumps(as_json)[1:-1],  # JSON within JSON: a secret's value in a request's body
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
    }
