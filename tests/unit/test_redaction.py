"""Secrets are taken out of texts, known ones and recognisable ones."""

from __future__ import annotations

import pytest
from myrunstreak.redaction import redacted, remember


def test_a_remembered_secret_is_removed_wherever_it_stands() -> None:
    """Also in the middle of a word, and whatever its surroundings."""
    remember("planted-in-redaction")
    assert redacted("x=planted-in-redaction/y planted-in-redactions") == "x=***/y ***s"


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
    assert "hidden-thing-1" not in redacted(text)
    assert "***" in redacted(text)


@pytest.mark.parametrize(
    "text", ["status 404 for /my/activities", "the token ended on 2026-05-01", "code 12", ""]
)
def test_ordinary_texts_stay(text: str) -> None:
    """Words such as token and code are no secrets."""
    assert redacted(text) == text


def test_short_texts_are_not_remembered() -> None:
    """They would turn up inside ordinary words."""
    remember("run", "", None)
    assert redacted("runner") == "runner"
