"""The loader's long statements: ``statement("points", ...)`` is the text of ``sql/points.sql``."""

from __future__ import annotations

from functools import partial
from typing import Final

from myrunstreak.statements import read_statement

statement: Final = partial(read_statement, "myrunstreak.store.loading")
