"""Writes docs/benchmarks.md from the results of `make bench`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from scripts.bench.engines_section import introduce_engines, reason_about_engines
from scripts.bench.sheets import Sheet, engines_sheet, goals_sheet, sheets

_ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = _ROOT / "scripts" / "bench" / "results.json"
ENGINES: Final = RESULTS.with_name("engines.json")
PAGE: Final = _ROOT / "docs" / "benchmarks.md"

_INTRODUCTION: Final = """# Benchmarks

<!-- Written by `make bench` from scripts/bench/results.json; a test holds the two together. -->

Every figure is from one run of `make bench` on one machine. Read the ratios: another machine has other seconds.

- **Our side** is the built package with its compiled modules, in an interpreter that sees nothing else, with the
  512 MB and the one thread that a function has.
- **Each rival** has its own environment with none of our packages, reads the same files or rows, and has to come to
  the same rows or figures.
- **Rounds**: each side runs in a process of its own, in turn; a first round is not counted. A ratio is the median of
  the rounds' own ratios, with the least and the greatest behind it.
- Imports are done before the clock starts, except where they are what is measured. Row by row is measured at a few
  sizes, once each, and scaled in proportion.
"""


def page(results: dict[str, Any], engines: dict[str, Any] | None) -> str:
    """The page, from one run of `make bench` and one of its last part; None where that was never made."""
    machine = results["machine"]
    loads = [results[name]["load_before"][0] for name in results if "load_before" in results[name]]
    where = (
        f"Measured {machine['measured_at'][:10]}: {machine['system']}, {machine['cores']} cores, Python "
        f"{machine['python']}, load average before a measurement {min(loads):.1f} to {max(loads):.1f}. Packages: "
        + "; ".join(
            f"{side} {', '.join(f'{name} {version}' for name, version in versions.items())}"
            for side, versions in machine["versions"].items()
        )
        + "."
    )
    parts = [
        _INTRODUCTION,
        where + "\n",
        *map(_section, (goals_sheet(results), *sheets(results))),
    ]
    if engines:
        parts += [
            _section(engines_sheet(engines)),
            introduce_engines(engines) + "\n",
            reason_about_engines(engines) + "\n",
        ]
    return "\n".join(parts)


def read_figures(file: Path) -> dict[str, Any] | None:
    """What was measured; None where that was never done."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def write_page() -> None:
    """Write the page anew."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(page(results, read_figures(ENGINES)), encoding="utf-8")


def _section(sheet: Sheet) -> str:
    lines = [
        f"## {sheet.title}",
        "",
        _line(sheet.columns),
        "|"
        + "|".join("---:" if number and name else "---" for number, name in enumerate(sheet.columns))
        + "|",
        *map(_line, sheet.rows),
        "",
    ]
    return "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    write_page()
