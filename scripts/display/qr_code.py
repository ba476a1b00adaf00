"""A QR code on a terminal: two rows of modules a line, dark on light on every terminal."""

from __future__ import annotations

from rich.text import Text

from scripts.display.screen import Screen

_BORDER = 2


def show_qr_code(out: Screen, content: str) -> None:
    """Print a QR code; without colour, light modules are drawn, as a dark terminal needs."""
    import segno

    rows = [list(row) for row in segno.make_qr(content, error="m").matrix_iter(border=_BORDER)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    if out.ascii_only:
        for row in rows:
            out.print(Text("".join("  " if dark else "##" for dark in row)))
        return
    signs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(signs[bool(top), bool(bottom)] for top, bottom in zip(upper, lower, strict=True))
        out.print(Text(line, "bright_white on black" if out.has_colour else ""), crop=False, no_wrap=True)
