"""What a runner shares is never more than was chosen."""

from __future__ import annotations

import pytest
from myrunstreak.contract.club_sharing import SharingChoice, read_sharing


@pytest.mark.parametrize("sharing", ["none", "days", "distances"])
def test_a_choice_reads_back(sharing: str) -> None:
    """As it is written."""
    choice = SharingChoice.model_validate({"sharing": sharing})
    assert sharing == read_sharing(choice.model_dump_json().encode())


@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b"[]", b"\xff", b'{"sharing": "all"}', b'{"sharing": null}']
)
def test_what_cannot_be_understood_shares_nothing(content: bytes | None) -> None:
    """No document, a damaged one, a choice that this code does not know."""
    assert "none" == read_sharing(content)
