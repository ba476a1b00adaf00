"""Channels: what a service receives, what is said where it does not take it, and that addresses stay secret."""

from __future__ import annotations

import base64
import json
import logging
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import boto3
import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.guarded_logs import Redacting
from myrunstreak.messages.channels import ChannelList, NotDelivered, Service, open_channels, try_channel
from myrunstreak.messages.message import Message, Picture

from tests.stage.aws import REGION
from tests.stage.channels import a_message
from tests.stage.listener import Listener, listening
from tests.stage.ports import free_port

MESSAGE = a_message(datetime(2026, 11, 27, 23, tzinfo=UTC))
RICH = replace(
    MESSAGE, html="<p>Day 5 &amp; more</p>", pictures=(Picture("calendar-2026.png", b"\x89PNG picture"),)
)
SECRETS = ("planted-password-1", "planted-token-2")


@pytest.fixture
def service() -> Iterator[Listener]:
    """A service on loopback."""
    with listening() as listener:
        yield listener


def local(tmp_path: Path, *urls: str) -> Settings:
    """Settings with these channels, in a private file."""
    settings = Settings(
        duckdb_path=str(tmp_path / "runs.duckdb"), notify_urls=f"file:{tmp_path / 'channels.json'}"
    )
    for url in urls:
        ChannelList.open(settings).add(url)
    return settings


def test_a_service_receives_title_text_and_picture(service: Listener) -> None:
    """Over real HTTP, as Apprise sends it; a service without HTML gets the plain text."""
    Service("json 1", service.url).send(RICH)
    (received,) = service.messages
    assert (RICH.title, RICH.text) == (received["title"], received["message"])
    (picture,) = received["attachments"]
    assert ("calendar-2026.png", b"\x89PNG picture") == (
        picture["filename"],
        base64.b64decode(picture["base64"]),
    )
    assert "/planted-token-2" in service.requests[0].path


def test_mail_has_html_and_plain_text_and_the_picture() -> None:
    """A mail server on loopback takes what a mail program would show."""
    with socket.create_server(("127.0.0.1", 0)) as listening_socket:
        port = listening_socket.getsockname()[1]
        mail = _one_mail(listening_socket)
        next(mail)
        Service("mailto 1", f"mailto://127.0.0.1:{port}?from=me@example.org&to=you@example.org&smtp=127.0.0.1&mode=insecure").send(RICH)  # fmt: skip  # noqa: E501
        content = next(mail)
    parts = list(message_from_bytes(content).walk())
    kinds = [part.get_content_type() for part in parts]
    assert {"text/html", "text/plain", "image/png"} <= set(kinds)
    html = next(part for part in parts if part.get_content_type() == "text/html")
    assert b"<p>Day 5 &amp; more</p>" in html.get_payload(decode=True)  # type: ignore[operator]
    assert "Day 5 is still open" in str(message_from_bytes(content)["Subject"])


def _one_mail(server: socket.socket) -> Iterator[bytes]:
    """A mail server for one mail: first it starts, then it gives the mail."""
    import threading

    received: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            content, in_data = b"", False
            for line in lines:
                if in_data and line == b".\r\n":
                    received.append(content)
                    in_data = False
                    connection.sendall(b"250 taken\r\n")
                elif in_data:
                    content += line
                elif line.upper().startswith(b"DATA"):
                    in_data = True
                    connection.sendall(b"354 go on\r\n")
                elif line.upper().startswith(b"QUIT"):
                    connection.sendall(b"221 bye\r\n")
                    return
                else:
                    connection.sendall(b"250 fine\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield b""
    thread.join(10)
    yield received[0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refusal_is_said_in_one_line_without_a_secret(service: Listener, status: int) -> None:
    """The status, and neither address nor what the service answered."""
    service.status = status
    with pytest.raises(NotDelivered) as caught:
        Service("json 1", service.url).send(MESSAGE)
    assert str(status) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_service_that_is_not_there_is_said() -> None:
    """A port on which nothing listens."""
    with pytest.raises(NotDelivered, match="onnect"):
        Service("json 1", f"json://127.0.0.1:{free_port()}/planted-token-2").send(MESSAGE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ntfy",
        "foo://bar",
        "tgram://short",
        "https//x",
        "://",
        "javascript:alert(1)",
        "ntfy://[",
        "json://127.0.0.1:x/",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    """One line with examples; nothing is stored."""
    with pytest.raises(
        InvalidSettings, match=r"^This is no address of a service that is known\. Examples: ntfy://"
    ):
        local(tmp_path, url)
    assert not (tmp_path / "channels.json").exists()


def test_channels_are_added_listed_and_removed(tmp_path: Path, service: Listener) -> None:
    """By number; the file is private; names hold no secret; an address is in the list once."""
    settings = local(tmp_path, service.url, "ntfy://planted-topic-3")
    assert 0o600 == stat.S_IMODE((tmp_path / "channels.json").stat().st_mode)
    channels = ChannelList.open(settings)
    assert ["json 1", "ntfy 2"] == channels.names()
    with pytest.raises(InvalidSettings, match="in the list already, as 'json 1'"):
        channels.add(service.url)
    for number in (0, 3, -1):
        with pytest.raises(InvalidSettings, match=f"There is no channel {number};"):
            channels.remove(number)
    assert "json 1" == channels.remove(1)
    assert ["ntfy 1"] == channels.names()


def test_without_a_place_for_addresses_none_is_taken() -> None:
    """The line says what to set."""
    with pytest.raises(InvalidSettings, match="NOTIFY_URLS is not set"):
        ChannelList.open(Settings()).add("ntfy://topic")
    assert [] == open_channels(Settings())


@pytest.mark.parametrize(
    "content", ['{"urls": "ntfy://x"}', '{"urls": [1]}', "[]", "ntfy://x", '{"urls": ["foo://b"]}']
)
def test_a_damaged_list_is_a_failure_to_send_and_not_silence(tmp_path: Path, content: str) -> None:
    """The mail still goes; what is damaged is named, and its content is not."""
    (tmp_path / "channels.json").write_text(content, encoding="utf-8")
    settings = local(tmp_path)
    settings = settings.model_copy(update={"messages_topic": "arn:aws:sns:us-east-2:123456789012:messages"})
    mail, broken = open_channels(settings)
    assert "mail" == mail.name
    with pytest.raises(MyRunStreakError) as caught:
        broken.send(MESSAGE)
    assert "foo://b" not in str(caught.value)


def test_an_address_is_in_no_log(tmp_path: Path, service: Listener, caplog: pytest.LogCaptureFixture) -> None:
    """Neither when it is understood, nor when it is not, nor when it fails; as every handler of ours prints it."""
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(Redacting())
    settings = local(tmp_path, service.url)
    service.status = 500
    reason = try_channel(open_channels(settings)[0])
    assert reason
    with pytest.raises(InvalidSettings):
        local(tmp_path, "tgram://planted-token-2")
    assert "Failed to send JSON" in caplog.text
    assert not any(secret in caplog.text + reason for secret in SECRETS)


def test_the_topic_gets_subject_and_text(aws: str) -> None:
    """Its subscribers get the text by mail; a subject is ASCII and short."""
    topic = boto3.client("sns", region_name=aws).create_topic(Name="messages")["TopicArn"]
    sqs = boto3.client("sqs", region_name=aws)
    queue = sqs.create_queue(QueueName="behind")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns", region_name=aws).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    (channel,) = open_channels(Settings(messages_topic=topic, aws_region=REGION))
    channel.send(replace(MESSAGE, title="Día " + "1" * 150))
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert ("Any run by midnight.", "D?a " + "1" * 95) == (body["Message"], body["Subject"])


def test_addresses_in_a_parameter_are_encrypted(aws: str) -> None:
    """A SecureString, read and written as the file is."""
    name = "/myrunstreak/test/channels"
    settings = Settings(notify_urls=name, aws_region=aws)
    assert "ntfy 1" == ChannelList.open(settings).add("ntfy://planted-topic-3")
    assert ["ntfy 1"] == ChannelList.open(settings).names()
    ssm = boto3.client("ssm", region_name=aws)
    assert "SecureString" == ssm.get_parameter(Name=name)["Parameter"].get("Type")


def test_a_topic_that_does_not_exist_is_said(aws: str) -> None:
    """One line with the topic."""
    (channel,) = open_channels(
        Settings(messages_topic="arn:aws:sns:us-east-2:123456789012:gone", aws_region=aws)
    )
    reason = try_channel(channel)
    assert reason
    assert "arn:aws:sns:us-east-2:123456789012:gone" in reason


def test_the_test_says_what_it_is(service: Listener) -> None:
    """It is no reminder."""
    assert try_channel(Service("json 1", service.url)) is None
    assert "This is a test" in service.messages[0]["message"]


def test_a_message_shows_title_and_text() -> None:
    """As one text."""
    assert isinstance(MESSAGE, Message)
    assert "Day 5 is still open\n\nAny run by midnight." == MESSAGE.whole
