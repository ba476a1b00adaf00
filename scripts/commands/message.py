"""`myrunstreak message`: what the messages say, where they go, and sending one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from myrunstreak.errors import InvalidQuestion, InvalidSettings
from rich.console import Console

from scripts.commands.command import Json, Settings, at_most_one, command
from scripts.display.terminal import EXIT_DONE, EXIT_FAILED, plain, standard_error, standard_output

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings as AllSettings
    from myrunstreak.messages.message import Message, Silence
    from myrunstreak.messages.messenger import Told

Kind = Literal["reminder", "digest", "milestone"]


@command(
    examples=(
        "myrunstreak message",
        "myrunstreak message reminder",
        "myrunstreak message digest --send",
    )
)
def message(
    settings: Settings,
    kind: Annotated[
        Kind | None, typer.Argument(metavar="KIND", help="reminder, digest or milestone.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what it would say; this is the default.")
    ] = False,
    send: Annotated[
        bool, typer.Option("--send", help="Look at Smashrun, then send what is due, once each time.")
    ] = False,
    send_test: Annotated[bool, typer.Option("--send-test", help="Send a test to every channel.")] = False,
    add: Annotated[
        str | None,
        typer.Option("--add", metavar="URL", help="Add a channel by its Apprise URL; - asks for it."),
    ] = None,
    remove: Annotated[
        int | None, typer.Option("--remove", metavar="NUMBER", help="Remove a channel by its number.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show or send a message, or list and change the channels."""
    at_most_one(preview=preview, send=send, send_test=send_test, add=add, remove=remove is not None)
    if kind is not None and (send_test or add or remove is not None):
        raise InvalidQuestion(f"{kind} goes with --preview or --send.")
    if kind is None and (preview or send):
        raise InvalidQuestion("Name the message: reminder, digest or milestone.")
    if add is not None:
        return _add(settings, add, as_json=as_json)
    if remove is not None:
        return _remove(settings, remove, as_json=as_json)
    if send_test:
        return _send_test(settings, as_json=as_json)
    if kind is None:
        return _show_channels(settings, as_json=as_json)
    return _send(settings, kind, as_json=as_json) if send else _preview(settings, kind, as_json=as_json)


def _preview(settings: AllSettings, kind: Kind, *, as_json: bool) -> int:
    from myrunstreak.instants import utc_now
    from myrunstreak.messages.preview import preview

    shown = preview(settings, kind, utc_now())
    if as_json:
        items = [_as_json(one) for one in shown.said]
        print(json.dumps({"kind": kind, "at": shown.at.isoformat(), "items": items}, indent=2))
        return EXIT_DONE
    out, errors = standard_output(), standard_error()
    if kind == "reminder":
        errors.print(f"Today at {shown.at:%H:%M}, if nothing new comes until then:", style="dim")
    for place, one in enumerate(shown.said):
        if place:
            out.print()
        _show(out, one)
    return EXIT_DONE


def _send(settings: AllSettings, kind: Kind, *, as_json: bool) -> int:
    from myrunstreak.composition import open_messenger

    messenger = open_messenger(settings)
    if not messenger.channels:
        raise InvalidSettings("There is no channel to send to. Add one: `myrunstreak message --add -`")
    told = messenger.tell(kind)
    if as_json:
        result = {"sent": told.is_sent, "reason": told.reason, "state": told.state, "text": told.text}
        print(json.dumps(result | {"failed": told.failures, "problem": told.problem}, indent=2))
    else:
        _show_told(told)
    return EXIT_FAILED if told.failures else EXIT_DONE


def _show_told(told: Told) -> None:
    out, errors = standard_output(), standard_error()
    if told.problem:
        errors.print(f"myrunstreak: Smashrun cannot be seen: {plain(told.problem)}", style="yellow")
    if not told.said:
        out.print(f"Silent: {told.reason}.")
    for one, delivery in told.said:
        for name in delivery.sent:
            out.print(f"Sent to {name}: {plain(one.title)}")
        for name in delivery.already:
            out.print(f"Already sent to {name}.")
        for name in delivery.late:
            out.print(f"Not sent to {name}: its time is over.")
        for name, why in delivery.failed.items():
            errors.print(f"myrunstreak: not sent to {name}: {plain(why)}", style="red")


def _send_test(settings: AllSettings, *, as_json: bool) -> int:
    from myrunstreak.messages.channels import open_channels, try_channel

    channels = open_channels(settings)
    if not channels:
        raise InvalidSettings("There is no channel to send to. Add one: `myrunstreak message --add -`")
    failures = {one.name: why for one in channels if (why := try_channel(one)) is not None}
    if as_json:
        print(
            json.dumps(
                {"sent": [one.name for one in channels if one.name not in failures], "failed": failures}
            )
        )
    else:
        for one in channels:
            if one.name not in failures:
                standard_output().print(f"Sent to {one.name}.")
        for name, why in failures.items():
            standard_error().print(f"myrunstreak: not sent to {name}: {plain(why)}", style="red")
    return EXIT_FAILED if failures else EXIT_DONE


def _add(settings: AllSettings, url: str, *, as_json: bool) -> int:
    from myrunstreak.messages.channels import ChannelList

    channels = ChannelList.open(settings)
    name = channels.add(_ask() if url == "-" else url)
    if as_json:
        print(json.dumps({"added": name}))
        return EXIT_DONE
    standard_output().print(f"Added: {name}. `myrunstreak message --send-test` tries it.")
    if url != "-":
        standard_error().print(
            "The address is now in your shell's history; `--add -` asks for it instead.", style="dim"
        )
    return EXIT_DONE


def _remove(settings: AllSettings, number: int, *, as_json: bool) -> int:
    from myrunstreak.messages.channels import ChannelList

    name = ChannelList.open(settings).remove(number)
    if as_json:
        print(json.dumps({"removed": name}))
    else:
        standard_output().print(f"Removed: {name}.")
    return EXIT_DONE


def _ask() -> str:
    """The address from the keyboard, unseen, or from standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    from getpass import getpass

    return getpass("Address of the channel (it is not shown): ")


def _show_channels(settings: AllSettings, *, as_json: bool) -> int:
    from myrunstreak.messages.channels import ChannelList, Topic

    names = [*([Topic.name] if settings.messages_topic else []), *ChannelList.open(settings).names()]
    times = settings.reminder_times
    if as_json:
        facts = {"remind_at": times, "timezone": settings.runner_timezone, "digest": settings.digest}
        print(json.dumps(facts | {"channels": names}, indent=2))
        return EXIT_DONE
    out = standard_output()
    reminders = (
        f"at {' and '.join(times)}, {settings.runner_timezone}" if times else "off (REMIND_AT is not set)"
    )
    out.print(f"Reminders  {reminders}")
    out.print(f"Digest     {'milestones, week and year' if settings.digest else 'off (DIGEST is not set)'}")
    out.print(f"Channels   {', '.join(names) or 'none: `myrunstreak message --add -` adds one'}")
    return EXIT_DONE


def _show(out: Console, one: Message | Silence) -> None:
    """A message as it would be read, or why there is none."""
    from myrunstreak.messages.message import Silence

    if isinstance(one, Silence):
        out.print(f"Silent: {one.why}.")
        return
    out.print(plain(one.title), style="bold")
    out.print(plain(one.text))
    for picture in one.pictures:
        out.print(f"[{picture.name}]", style="dim")


def _as_json(one: Message | Silence) -> dict[str, object]:
    from myrunstreak.messages.message import Silence

    if isinstance(one, Silence):
        return {"sent": False, "reason": one.why, "state": one.state, "title": "", "text": ""}
    return {"sent": False, "reason": one.why, "state": one.state, "title": one.title, "text": one.text}
