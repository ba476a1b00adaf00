"""Headers that every answer carries, and which pages elsewhere may read it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # pages are answered without loading typing
    from collections.abc import Mapping
    from typing import Final

# The answers are data: nothing in them may be run, framed, sniffed or kept by a proxy.
STRICT: Final = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page of ours: its own style, script and worker, nothing from elsewhere, and no text that becomes code.
PAGE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_EXPOSED: Final = "ETag, Link, Data-As-Of"


def cors_headers(origin: str | None, allowed: str | None) -> dict[str, str]:
    """What lets the one configured origin read the answer; nothing for any other."""
    if allowed is None:
        return {}
    if origin != allowed:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": allowed,
        "Access-Control-Expose-Headers": _EXPOSED,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Origin",
    }


def preflight_headers() -> dict[str, str]:
    """The answer to a browser's preflight request."""
    return {
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "Authorization, If-None-Match, Accept",
        "Access-Control-Max-Age": "600",
    }


def merge(*groups: Mapping[str, str]) -> dict[str, str]:
    """Headers of several groups; later ones win, and what answers vary by adds up."""
    headers: dict[str, str] = {}
    varies: list[str] = []
    for group in groups:
        for name, value in group.items():
            if name == "Vary":
                varies.append(value)
            else:
                headers[name] = value
    return headers | ({"Vary": ", ".join(dict.fromkeys(varies))} if varies else {})
