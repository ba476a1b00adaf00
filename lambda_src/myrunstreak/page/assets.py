"""The files that every page shares: style, script, worker, icons; named after what is in them, open to any caller."""

from __future__ import annotations

import hashlib
import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:  # an asset is answered without loading typing
    from typing import Final

KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}
STYLE: Final = "page.css"
SCRIPT: Final = "page.js"
WORKER: Final = "worker.js"
MANIFEST: Final = "manifest.webmanifest"
ICON: Final = "icon-192.png"
NAMES: Final = (
    STYLE, SCRIPT, WORKER, MANIFEST, "icon.svg", "icon-180.png", ICON, "icon-512.png", "maskable-512.png",
)  # fmt: skip
SIGN_IN: Final = "sign-in.html"


@cache
def read(name: str) -> bytes:
    """An asset, or the page to sign in, with the names of the assets in it."""
    with open(os.path.join(os.path.dirname(__file__), "static", name), "rb") as file:  # noqa: PTH118, PTH120, PTH123
        content = file.read()
    if name == SIGN_IN:
        for asset in (STYLE, SCRIPT):
            content = content.replace(b"{{ %b }}" % asset.encode(), b"/page/" + named(asset).encode())
    return content


@cache
def named(name: str) -> str:
    """The name under which an asset is asked for: it changes with the content."""
    stem, _, suffix = name.partition(".")
    return f"{stem}.{hashlib.sha256(read(name)).hexdigest()[:10]}.{suffix}"


@cache
def find(asked: str) -> str | None:
    """The asset behind a name that was asked for, of this version or an older one; None: there is none."""
    if asked in NAMES:
        return asked
    stem, _, rest = asked.partition(".")
    digest, _, suffix = rest.partition(".")
    name = f"{stem}.{suffix}"
    return name if name in NAMES and len(digest) == 10 and digest.isalnum() else None


def headers(name: str, asked: str) -> dict[str, str]:
    """Its headers: a name of this content's never stands for another one."""
    is_ours = asked == named(name)
    found = {
        "Content-Type": KINDS[name.rpartition(".")[2]],
        "Cache-Control": "public, max-age=31536000, immutable" if is_ours else "public, max-age=3600",
    }
    return found | ({"Service-Worker-Allowed": "/"} if name == WORKER else {})
