"""`python -m scripts.simulator` and `python scripts/simulator`, both from the repository's root."""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    # Started by path: the folder itself is first on the search path, the repository is not on it at all.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from scripts.simulator.commandline import main

if __name__ == "__main__":
    sys.exit(main())
