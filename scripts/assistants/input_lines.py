"""Standard input as lines that can be waited for and left.

A read of a pipe cannot be broken off. The library reads in a thread that it waits for at its end, so that Ctrl-C would do
nothing until the client closes the pipe; this thread ends with the process.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Final

# Lines that wait for an answer to begin.
_AHEAD: Final = 16
_CHUNK: Final = 65_536


async def read_lines(descriptor: int) -> AsyncIterator[str]:
    """The lines of a file descriptor, each as soon as it is whole, until its end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def read() -> None:
        # The loop may be closed by now.
        with suppress(RuntimeError):
            for line in _split(descriptor):
                room.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await lines.get()) is not None:
        room.release()
        yield line.decode(errors="replace")


def _split(descriptor: int) -> Iterator[bytes]:
    """Not by a file object: one that a thread waits in cannot be closed at the process's end."""
    kept = bytearray()
    while chunk := _read(descriptor):
        *whole, rest = chunk.split(b"\n")
        for end in whole:
            yield bytes(kept) + end
            kept.clear()
        kept += rest
    if kept:
        yield bytes(kept)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        return b""
