"""The infrastructure: everything that `pulumi up` creates in an AWS account."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

# A .venv made by `pulumi install` holds the locked dependencies but not our own packages.
if find_spec("myrunstreak") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lambda_src"))
