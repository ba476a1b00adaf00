"""`myrunstreak config`: what is set, from where, and what it means; no secret, and also where a setting is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scripts.commands.command import Json, command
from scripts.display.labelled import show_labelled
from scripts.display.terminal import EXIT_DONE, EXIT_USAGE, json_text, plain, standard_error, standard_output

if TYPE_CHECKING:
    from rich.console import Console

    from scripts.local_settings import SettingsSources, UnderstoodSettings

_INDENT: Final = 4


@command(examples=("myrunstreak config", "myrunstreak config --json", "myrunstreak config path"))
def config(as_json: Json = False) -> int:
    """Show every setting, where it comes from and what it means."""
    from scripts.local_settings import understand_settings

    found = understand_settings()
    items = [_describe(found, name) for name in found.sources.origins]
    if as_json:
        facts = {**_file_facts(found.sources), "problem": found.problems.get(""), "settings": items}
        print(json_text(facts))
    else:
        _show(found.sources, items)
        for line in found.problems.values():
            standard_error().print(f"myrunstreak: {plain(line).rstrip('.')}.", style="red")
    return EXIT_USAGE if found.problems else EXIT_DONE


@command(examples=("myrunstreak config path", "myrunstreak config path --json"))
def path(as_json: Json = False) -> None:
    """Print the file that settings are read from, or would be."""
    from scripts.local_settings import settings_sources

    sources = settings_sources()
    print(json_text(_file_facts(sources)) if as_json else sources.writable_file)


def _describe(found: UnderstoodSettings, name: str) -> dict[str, Any]:
    """A setting as JSON: its value as text, None where there is none; a secret is `set`."""
    from myrunstreak.contract.environment import show_value
    from pydantic import SecretStr

    model = found.club if name in found.club.variables() else found.settings
    field = type(model).model_fields[name.lower()]
    value = getattr(model, name.lower())
    text = found.seen.get(name, "") if name in found.problems else None if value is None else str(value)
    if text is not None and (isinstance(value, SecretStr) or show_value(name.lower(), text) == "(hidden)"):
        text = "set"
    if isinstance(value, bool) and name not in found.problems:
        text = str(value).lower()
    means = f"{field.title}: {field.description}" if field.title else field.description
    problem = found.problems.get(name)
    return {
        "name": name,
        "value": text,
        "from": found.sources.origins[name],
        "means": means,
        "problem": problem,
    }


def _file_facts(sources: SettingsSources) -> dict[str, Any]:
    return {
        "file": str(sources.file) if sources.file else None,
        "would_be_written_to": str(sources.writable_file),
        "passed_over": [str(one) for one in sources.passed_over],
    }


def _show(sources: SettingsSources, items: list[dict[str, Any]]) -> None:
    from scripts.local_settings import DEFAULT

    out = standard_output()
    is_there = "" if sources.file else " (not there yet)"
    show_labelled(out, "File", f"{sources.writable_file}{is_there}", "bold", width=6)
    for one in sources.passed_over:
        show_labelled(out, "", f"{one} is another project's and is not read", "dim", width=6)
    chosen = [one for one in items if one["from"] != DEFAULT]
    for heading, those in (("Set", chosen), ("Defaults", [one for one in items if one not in chosen])):
        out.print()
        out.print(heading, style="bold")
        for one in those:
            _show_one(out, one, sources)
        if not those:
            out.print("  nothing")


def _show_one(out: Console, item: dict[str, Any], sources: SettingsSources) -> None:
    value = "not set" if item["value"] is None else f"= {item['value']}"
    origin = {str(sources.file): "  (from the file)", "environment": "  (from the environment)"}.get(
        item["from"], ""
    )
    wrong = "  WRONG" if item["problem"] else ""
    style = "red" if wrong else ""
    show_labelled(out, "", f"{item['name']} {value}{origin}{wrong}", style, width=2)
    show_labelled(out, "", item["means"], "dim", width=_INDENT)
