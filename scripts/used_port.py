"""A port of this machine that is in use: by which program, and which one is free."""

from __future__ import annotations

import http.client
import socket
from contextlib import suppress
from typing import Final

PROGRAM: Final = "myrunstreak"
_PATIENCE_S: Final = 2.0
_NEXT_PORTS: Final = 50
_LAST_PORT: Final = 65_535


def explain_used_port(host: str, port: int, name: str) -> str:
    """What to tell a runner whose server cannot have a port.

    Args:
        name: what the runner's own server would call itself.
    """
    answers = ask_server_name(host, port)
    if answers == name:
        return f"http://{host}:{port}/ shows this record already: another `myrunstreak serve` does."
    user = "`myrunstreak serve` with another record" if answers.startswith(PROGRAM) else "another program"
    return f"Port {port} is in use by {user}; try: `myrunstreak serve --port {find_free_port(host, port)}`"


def find_free_port(host: str, above: int) -> int:
    """The next port that is free, or any."""
    for port in range(above + 1, min(above + _NEXT_PORTS, _LAST_PORT) + 1):
        with suppress(OSError):
            return _bind(host, port)
    return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def ask_server_name(host: str, port: int) -> str:
    """What the server on a port calls itself; empty where it speaks no HTTP, or not soon."""
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().headers.get("Server", "")
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()
