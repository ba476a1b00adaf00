"""The year's calendar for a message: squares, a row a month, as cells of a table and as a PNG file.

Mail programs show no SVG, and many load no picture unasked: cells are shown everywhere.
"""

from __future__ import annotations

import calendar
import struct
import zlib
from datetime import date
from typing import Final

from myrunstreak.messages.message import Picture
from myrunstreak.page.facts import Facts
from myrunstreak.page.pictures import shade_days

# Light and dark grounds both show these.
COLOURS: Final = {
    "l1": "#fad4bb",
    "l2": "#f5a26d",
    "l3": "#e26a1e",
    "l4": "#a33805",
    "short": "#d8cfc2",
    "none": "#8a8578",
    "ahead": "#efeae1",
}
_PITCH: Final = 20
_SQUARE: Final = 16
_DOT: Final = 4
_MARGIN: Final = 20
_PAPER: Final = "#ffffff"


def calendar_rows(facts: Facts, year: int, today: date) -> list[tuple[str, list[str]]]:
    """Twelve rows: the month's name, and the shade of each of its days."""
    shades = shade_days(facts, year, today)
    return [
        (calendar.month_abbr[month], [shade for day, shade in shades.items() if day.month == month])
        for month in range(1, 13)
    ]


def draw_calendar(facts: Facts, year: int, today: date) -> Picture:
    """The same rows as a picture: what is not run is a dot."""
    rows = calendar_rows(facts, year, today)
    width, height = 2 * _MARGIN + 31 * _PITCH, 2 * _MARGIN + 12 * _PITCH
    lines = [bytearray(_rgb(_PAPER) * width) for _ in range(height)]
    for row, (_, shades) in enumerate(rows):
        for column, shade in enumerate(shades):
            size = _DOT if shade in {"none", "ahead"} else _SQUARE
            inset = (_PITCH - size) // 2
            x, y = _MARGIN + column * _PITCH + inset, _MARGIN + row * _PITCH + inset
            for line in lines[y : y + size]:
                line[3 * x : 3 * (x + size)] = _rgb(COLOURS[shade]) * size
    return Picture(f"calendar-{year}.png", _png(width, height, lines))


def _rgb(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))


def _png(width: int, height: int, lines: list[bytearray]) -> bytes:
    """Lines of red, green and blue as a PNG file: https://www.w3.org/TR/png-3/."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
