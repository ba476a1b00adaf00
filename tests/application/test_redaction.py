"""Secrets are taken out of texts, known ones and recognisable ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.redaction import redact, remember


def test_a_remembered_secret_is_removed_wherever_it_stands() -> None:
    """Also in the middle of a word, and whatever its surroundings."""
    remember("planted-in-redaction")
    assert redact("x=planted-in-redaction/y planted-in-redactions") == "x=***/y ***s"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hidden-thing-1",
        "{'Authorization': 'Bearer hidden-thing-1'}",
        '{"access_token": "hidden-thing-1"}',
        "refresh_token=hidden-thing-1&x=1",
        "client_secret: hidden-thing-1",
        "GET /callback?code=hidden-thing-1&state=hidden-thing-1",
        "https://api.example.test/my/userinfo?access_token=hidden-thing-1",
    ],
)
def test_a_secret_is_recognised_by_its_surroundings(text: str) -> None:
    """Without having been seen before."""
    assert "hidden-thing-1" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text", ["status 404 for /my/activities", "the token ended on 2026-05-01", "code 12", ""]
)
def test_ordinary_texts_stay(text: str) -> None:
    """Words such as token and code are no secrets."""
    assert redact(text) == text


def test_short_texts_are_not_remembered() -> None:
    """They would turn up inside ordinary words."""
    remember("run", "", None)
    assert redact("runner") == "runner"


@given(
    secret=st.text(min_size=8, max_size=40).filter(lambda text: text.strip() == text),
    write=st.sampled_from(
        [
            str,
            repr,
            json.dumps,
            lambda secret: json.dumps({"SecretString": json.dumps({"access_token": secret})}),
            lambda secret: repr(json.dumps({"SecretString": json.dumps({"a": secret})}).encode()),
            lambda secret: urlencode({"refresh_token": secret}),
        ]
    ),
)
def test_a_secret_is_found_however_it_is_written(secret: str, write: Callable[[str], str]) -> None:
    """As JSON, JSON within JSON, bytes or a form: with any character in it."""
    remember(secret)
    assert secret not in redact(write(secret)).replace("***", "")


@pytest.mark.parametrize("text", ['{"password": null, "x": 1}', '{"authorization": true}'])
def test_json_stays_json(text: str) -> None:
    """Where nothing is told, nothing is replaced."""
    assert text == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"SecretString": "{\\"access_token\\": \\"hidden-thing-1\\"}"}',
        'b\'{"refresh_token": "hidden-thing-1"}\'',
        "{'Authorization': b'AWS4-HMAC-SHA256 Credential=x, Signature=hidden-thing-1'}",
        "X-Amz-Security-Token:hidden-thing-1",
        "the key mrs_hidden-thing-1-and-more-of-it",
    ],
)
def test_a_secret_is_recognised_as_libraries_write_it(text: str) -> None:
    """Bodies within bodies, bytes, signatures, keys of the API."""
    assert "hidden-thing-1" not in redact(text)
