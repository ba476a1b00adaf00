"""Where messages go: the topic whose subscribers get mail, and any service that Apprise knows by a URL."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.instants import utc_now
from myrunstreak.messages.message import Message, Picture
from myrunstreak.redaction import redact, remember
from myrunstreak.secrets import open_parameter
from myrunstreak.secrets.document import JsonDocument

# A service that has not answered by then is tried again later.
_PATIENCE_S: Final = 25
# SNS's limit, in ASCII.
_LONGEST_SUBJECT: Final = 99
_WORD: Final = re.compile(r"[a-z]{1,11}")
_REMEDY: Final = (
    "Restore an earlier version, or remove it and add the channels again: `myrunstreak message --add -`."
)
_NO_URL: Final = (
    "This is no address of a service that is known. Examples: ntfy://TOPIC, mailto://USER:PASSWORD@gmail.com, "
    "tgram://TOKEN/CHAT; all: https://github.com/caronc/apprise/wiki"
)


class NotDelivered(MyRunStreakError):
    """A channel has not taken a message; trying later may help."""


class Channel(Protocol):
    """One way to the runner.

    Attributes:
        name: how it is called in messages and marks; no secret.
    """

    @property
    def name(self) -> str: ...

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            MyRunStreakError: it was not taken; the reason, without a secret.
        """
        ...


class Topic:
    """An SNS topic: its subscribers get plain text by mail."""

    name = "mail"

    def __init__(self, arn: str, region: str) -> None:
        self._arn = arn
        self._region = region

    def send(self, message: Message) -> None:
        with aws_errors(f"the topic {self._arn}", "publish to"):
            client = aws_client("sns", self._region, connect_timeout_s=3, read_timeout_s=5, tries=2)
            client.publish(TopicArn=self._arn, Subject=_subject(message.title), Message=message.text)


class Service:
    """A service behind an Apprise URL.

    Args:
        url: a secret: tokens and passwords are parts of it.

    Raises:
        InvalidSettings: the URL is not understood.
    """

    def __init__(self, name: str, url: str) -> None:
        _remember(url)
        self._plugin = _load(url)
        # What prefers HTML is mail; but of Telegram, which knows a few tags only.
        self._shows_html = self._plugin.resolve_format() == "html" and self._plugin.secure_protocol != "tgram"
        self.name = name

    def send(self, message: Message) -> None:
        from apprise import Apprise

        html = bool(message.html) and self._shows_html
        complaints: list[str] = []

        def complain(entry: Any, _: Any) -> None:
            complaints.append(str(entry.message))

        services: Any = Apprise(self._plugin, asset=_asset())
        with _files(message.pictures if self._plugin.attachment_support else ()) as files:
            done = services.notify(
                title=message.title,
                body=message.html if html else message.text,
                body_format="html" if html else "text",
                attach=files or None,
                timeout=_PATIENCE_S,
                log_callback=complain,
                log_level=logging.WARNING,
            )
        if not done:
            raise NotDelivered(redact("; ".join(complaints)) or "the service did not take it")


class ChannelList:
    """The URLs of the services, in a private file or a SecureString parameter.

    Args:
        place: where they are kept; None: nowhere.

    Every method raises ``InvalidSettings`` where the operator has to mend something and ``StoreUnavailable``
    where trying later may help.
    """

    def __init__(self, place: JsonDocument | None) -> None:
        self._place = place

    @classmethod
    def open(cls, settings: Settings) -> ChannelList:
        """The list where ``NOTIFY_URLS`` says."""
        if settings.notify_urls is None:
            return cls(None)
        return cls(open_parameter(settings.notify_urls, settings.aws_region, remedy=_REMEDY, is_secret=True))

    def urls(self) -> list[str]:
        """The URLs, in the order in which they were added."""
        if self._place is None:
            return []
        found = (self._place.read() or {}).get("urls", [])
        if not isinstance(found, list) or not all(
            isinstance(url, str) for url in cast("list[object]", found)
        ):
            raise InvalidSettings(f"{self._place.name} does not hold a list of addresses. {_REMEDY}")
        urls = cast("list[str]", found)
        for url in urls:
            _remember(url)
        return urls

    def add(self, url: str) -> str:
        """Add a URL; the channel's name.

        Raises:
            InvalidSettings: it is not understood, or is in the list already.
        """
        place, url = self._required(), url.strip()
        _remember(url)
        _load(url)
        with place.exclusive():
            urls = self.urls()
            if url in urls:
                raise InvalidSettings(
                    f"This address is in the list already, as {_name(urls.index(url), url)!r}."
                )
            place.write({"urls": [*urls, url]})
        return _name(len(urls), url)

    def remove(self, number: int) -> str:
        """Remove the URL with a number, from 1; the channel's name.

        Raises:
            InvalidSettings: there is none with this number.
        """
        place = self._required()
        with place.exclusive():
            urls = self.urls()
            if not 1 <= number <= len(urls):
                raise InvalidSettings(f"There is no channel {number}; `myrunstreak message` lists them.")
            place.write({"urls": [url for at, url in enumerate(urls, 1) if at != number]})
        return _name(number - 1, urls[number - 1])

    def names(self) -> list[str]:
        """The channels' names."""
        return [_name(at, url) for at, url in enumerate(self.urls())]

    def _required(self) -> JsonDocument:
        if self._place is None:
            raise InvalidSettings(
                "NOTIFY_URLS is not set, so there is no place for addresses. Set it to the name of an SSM "
                "parameter, or to file:PATH."
            )
        return self._place


class Unusable:
    """A channel whose URL is not understood, or the list of them where it cannot be read: it fails, the others do not."""

    def __init__(self, name: str, problem: MyRunStreakError) -> None:
        self.name = name
        self._problem = problem

    def send(self, message: Message) -> None:  # noqa: ARG002 - the port's shape
        raise self._problem


def open_channels(settings: Settings) -> list[Channel]:
    """Every channel that is set up; a problem with one of them shows when it is sent to."""
    channels: list[Channel] = []
    if settings.messages_topic:
        channels.append(Topic(settings.messages_topic, settings.aws_region))
    try:
        urls = ChannelList.open(settings).urls()
    except MyRunStreakError as error:
        return [*channels, Unusable("the other channels", error)]
    for at, url in enumerate(urls):
        try:
            channels.append(Service(_name(at, url), url))
        except InvalidSettings as error:
            channels.append(Unusable(_name(at, url), error))
    return channels


def try_channel(channel: Channel) -> str | None:
    """Send a test; why it was not taken, None where it was."""
    text = "This is a test. Reminders, milestones and digests reach you here."
    now = utc_now()
    try:
        channel.send(Message("test", "MyRunStreak can reach you", text, now, "a test", "unknown"))
    except MyRunStreakError as error:
        return redact(str(error))
    return None


def _name(at: int, url: str) -> str:
    """``ntfy 1``: the kind of service and the place in the list; the rest of a URL is secret."""
    scheme = url.partition(":")[0].lower()
    return f"{scheme if scheme.isalnum() else 'channel'} {at + 1}"


def _load(url: str) -> Any:
    """A URL as Apprise understands it.

    Raises:
        InvalidSettings: it does not.
    """
    from apprise import Apprise

    # What it complains of may hold the URL, and our own line says what to do; why it cannot send comes with the failure.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    services: Any = Apprise
    plugin = services.instantiate(url, asset=_asset()) if "://" in url else None
    if plugin is None:
        raise InvalidSettings(_NO_URL)
    return plugin


def _asset() -> Any:
    from apprise import AppriseAsset

    return AppriseAsset(app_id="MyRunStreak", app_desc="MyRunStreak", app_url="", secure_logging=True)


def _remember(url: str) -> None:
    """Let no log show a URL or what it is made of."""
    remember(url)
    with suppress(ValueError):
        parts = urlsplit(url)
        remember(parts.netloc, parts.password, parts.query)
        # A user's or a host's name may be a token too; a plain word would be taken out of every other log line.
        names = (parts.username, parts.hostname, *parts.netloc.split("@"), *parts.path.split("/"))
        remember(*(name for name in names if name and not _WORD.fullmatch(name)))


def _subject(title: str) -> str:
    return title.encode("ascii", "replace").decode()[:_LONGEST_SUBJECT]


@contextmanager
def _files(pictures: Sequence[Picture]) -> Generator[list[str]]:
    """The pictures as files, for as long as they are sent."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="myrunstreak-"))) if pictures else Path()
        files: list[str] = []
        for picture in pictures:
            (folder / picture.name).write_bytes(picture.content)
            files.append(str(folder / picture.name))
        yield files
