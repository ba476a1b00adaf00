"""JSON for the raw archive: assembled without parsing Smashrun's answers, and mended where it is not quite JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

# No answer of Smashrun's has more than five levels; readers that recurse end their process at some thousands.
MAX_DEPTH: Final = 200

_STRAY_BYTES: Final = "myrunstreak.stray_bytes"
_WINDOWS: Final = {
    byte: text for byte in range(128, 160) if (text := bytes([byte]).decode("cp1252", "ignore"))
}
_CONTROLS: Final = bytes(range(32))
_MARK: Final = b"\xef\xbb\xbf"
_SEAM: Final = 12  # bytes: as long as the escapes of a surrogate pair
_LONG_INTEGER: Final = 400  # digits; a double ends at 309
_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|\ufeff|[\x00-\x08\x0b\x0c\x0e-\x1f]', re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_ESCAPE: Final = re.compile(
    r"""\\(?:
        ["\\/bfnrt]
        | u(?:[0-9a-cA-CefEF][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2}
        | u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}
        | (?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})
        | (?P<stray>)
    )""",
    re.VERBOSE,
)
# May find a pair of halves that is whole, or the end of an escaped backslash: only a reason to look closely.
_ODD_ESCAPE: Final = re.compile(
    rb"""\\(?!["\\/bfnrt]|u(?:[0-9a-cA-CefEF][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2})"""
)


def as_json(value: object) -> bytes:
    """A value of ours as compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_array(bodies: Iterable[bytes]) -> bytes:
    """JSON documents, each verbatim, as one JSON array."""
    return b"[" + b",".join(bodies) + b"]"


def splits_answer(activity_id: int, unit: str, body: bytes) -> bytes:
    """Smashrun's splits of a run, verbatim, with what was asked for."""
    return b'{"activityId":%d,"unit":"%s","splits":%s}' % (activity_id, unit.encode(), body)


def mend(body: bytes) -> bytes:
    """A JSON text as strict readers take it: UTF-8 without a byte order mark, with sound strings and bounded depth.

    What is sound already comes back byte for byte. UTF-16 and UTF-32 are decoded; bytes that are no UTF-8 are read as
    Windows' Latin-1, one by one; raw control characters and stray backslashes in strings are escaped; halves of a
    surrogate pair become ``?``; values nested deeper than ``MAX_DEPTH`` become null. What is no JSON for another
    reason stays so.
    """
    if is_sound(lambda: [body]):
        return body
    return _cut(_STRING.sub(_sound_string, _decoded(body))).encode()


def is_sound(chunks: Callable[[], Iterable[bytes]]) -> bool:
    """Whether ``mend`` would leave a text alone, decided quickly and piece by piece: texts may have many MB.

    A few sound texts are not recognised, which costs nothing but time.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    tail, brackets = b"", 0
    try:
        for chunk in chunks():
            decoder.decode(chunk)
            seam = tail + chunk
            odd = b"\\" in seam and _ODD_ESCAPE.search(seam)
            if odd or _MARK in seam or len(chunk.translate(None, _CONTROLS)) != len(chunk):
                return False
            # What begins before the seam is looked at again with the next chunk.
            tail = seam[-_SEAM:]
            brackets += chunk.count(b"[") + chunk.count(b"{")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return brackets <= MAX_DEPTH or not _is_deep(b"".join(chunks()).decode())


def loads(body: bytes | str) -> Any:
    """Read JSON as the store does: integers of thousands of digits are numbers beyond all bounds, not errors.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested more deeply than ``mend`` leaves it.
    """
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(body, parse_int=long_integer)


def long_integer(digits: str) -> int | float:
    """An integer's value; of thousands of digits, beyond all bounds."""
    return int(digits) if len(digits) < _LONG_INTEGER else float(digits)


def _decoded(body: bytes) -> str:
    encoding = json.detect_encoding(body)
    if encoding in {"utf-8", "utf-8-sig"}:
        return body.decode("utf-8", _STRAY_BYTES)
    return body.decode(encoding, "replace")


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    stray = error.object[error.start : error.end]
    return "".join(_WINDOWS.get(byte, chr(byte)) for byte in stray), error.end


codecs.register_error(_STRAY_BYTES, _stray_bytes)


def _sound_string(found: re.Match[str]) -> str:
    """A string with sound escapes; outside of strings, marks and control characters that are no blanks are dropped."""
    token = found.group()
    if not token.startswith('"'):
        return ""
    token = _ESCAPE.sub(_sound_escape, token)
    return _CONTROL.sub(lambda control: f"\\u{ord(control.group()):04x}", token)


def _sound_escape(found: re.Match[str]) -> str:
    escape = found.group()
    if found["half"]:
        return "?"
    return f"\\{escape}" if found["stray"] is not None else escape


def _is_deep(text: str) -> bool:
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += _STEP.get(found.group(), 0)
        if depth > MAX_DEPTH:
            return True
    return False


def _cut(text: str) -> str:
    """The text with null in place of every value that is nested too deeply."""
    if not _is_deep(text):
        return text
    kept: list[str] = []
    depth = start = 0
    for found in _BRACKET.finditer(text):
        step = _STEP.get(found.group(), 0)
        if step > 0 and depth == MAX_DEPTH:
            kept += [text[start : found.start()], "null"]
        depth += step
        if step < 0 and depth == MAX_DEPTH:
            start = found.end()
    return "".join([*kept, text[start:]] if depth <= MAX_DEPTH else kept)
