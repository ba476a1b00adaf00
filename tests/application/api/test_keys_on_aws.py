"""API keys in a file and in an SSM parameter: the same promises, over the real protocol."""

from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from myrunstreak.api.keys import ApiKeys, KeyRefused
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreUnavailable

from tests.stage.aws import REGION

Open = Callable[[], ApiKeys]


@pytest.fixture(params=["file", "ssm"])
def reference(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for keys that does not exist yet."""
    if request.param == "file":
        return f"file:{tmp_path}/private/keys.json"
    request.getfixturevalue("aws")
    return f"/myrunstreak/{uuid4().hex}/api-keys"


@pytest.fixture
def open_keys(reference: str) -> Open:
    """Opens the keys as often as asked, as the command line and the API would."""
    return lambda: ApiKeys.open(Settings(api_keys=reference, aws_region=REGION))


@pytest.fixture
def parameter(aws: str) -> str:
    """The name of an SSM parameter that does not exist yet."""
    assert aws
    return f"/myrunstreak/{uuid4().hex}/api-keys"


def in_parameter(parameter: str) -> ApiKeys:
    """The keys in an SSM parameter."""
    return ApiKeys.open(Settings(api_keys=parameter, aws_region=REGION))


def stored(parameter: str) -> Any:
    """The parameter as AWS has it."""
    return boto3.client("ssm", region_name=REGION).get_parameter(Name=parameter)["Parameter"]


def test_where_nothing_was_stored_no_key_opens(open_keys: Open) -> None:
    """An absent place has no keys and is no error."""
    assert not open_keys().accepts("Bearer mrs_x")
    assert [] == open_keys().all()


def test_a_new_key_opens_elsewhere_and_a_revoked_one_does_not_at_once(open_keys: Open) -> None:
    """Who is open already sees a new key and a revocation with the next request."""
    api, operator = open_keys(), open_keys()
    key = operator.new("phone")
    assert api.accepts(f"Bearer {key}")
    operator.revoke("phone")
    assert not api.accepts(f"Bearer {key}")
    assert [("phone", False)] == [(one.name, one.alive) for one in api.all()]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Mode 0600 in a folder of mode 0700, after a replacement too."""
    file = tmp_path / "private" / "keys.json"
    keys = ApiKeys.open(Settings(api_keys=f"file:{file}"))
    for name in ("phone", "watch"):
        keys.new(name)
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert 0o700 == stat.S_IMODE(file.parent.stat().st_mode)


def _make_keys(reference: str, prefix: str) -> None:
    keys = ApiKeys.open(Settings(api_keys=reference))
    for number in range(10):
        keys.new(f"{prefix}-{number}")


def test_two_writers_of_a_file_lose_no_key(tmp_path: Path) -> None:
    """Two processes make ten keys each: twenty are there."""
    reference = f"file:{tmp_path}/keys.json"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_make_keys, args=(reference, prefix)) for prefix in "ab"]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    names = {one.name for one in ApiKeys.open(Settings(api_keys=reference)).all()}
    assert {f"{prefix}-{number}" for prefix in "ab" for number in range(10)} == names


def test_a_file_that_is_no_json_says_what_to_do_about_keys(tmp_path: Path) -> None:
    """Not what to do about tokens, whose file has the same form."""
    file = tmp_path / "keys.json"
    file.write_text("not json")
    with pytest.raises(InvalidSettings, match="make new keys") as caught:
        ApiKeys.open(Settings(api_keys=f"file:{file}")).all()
    assert "myrunstreak auth" not in str(caught.value)


def test_the_parameter_is_a_string_of_hashes(parameter: str) -> None:
    """Of type String, which costs nothing, because it holds no secret."""
    key = in_parameter(parameter).new("phone")
    assert "String" == stored(parameter)["Type"]
    assert key not in stored(parameter)["Value"]
    assert ["phone"] == [one["name"] for one in json.loads(stored(parameter)["Value"])["keys"]]


def test_the_value_that_a_stack_begins_with_is_no_key(parameter: str) -> None:
    """What the infrastructure declares holds no key, and the first one replaces it."""
    from infra.components.api_keys import NO_KEYS

    boto3.client("ssm", region_name=REGION).put_parameter(Name=parameter, Value=NO_KEYS, Type="String")
    assert [] == in_parameter(parameter).all()
    key = in_parameter(parameter).new("phone")
    assert in_parameter(parameter).accepts(f"Bearer {key}")


def test_a_full_parameter_says_so_and_keeps_every_living_key(parameter: str) -> None:
    """Within the 4 KB that AWS allows; a revoked key makes room."""
    keys, made = in_parameter(parameter), dict[str, str]()

    def make_many() -> None:
        for number in range(100):
            made[f"key-{number}"] = keys.new(f"key-{number}")

    with pytest.raises(KeyRefused, match=r"has no room for another key\. Revoke one first"):
        make_many()
    assert len(made) >= 20
    assert len(stored(parameter)["Value"]) <= 4096
    assert all(keys.accepts(f"Bearer {key}") for key in made.values())
    keys.revoke("key-0")
    keys.new("one more")
    names = [one.name for one in keys.all()]
    assert "key-0" not in names
    assert "one more" in names
    assert not keys.accepts(f"Bearer {made['key-0']}")


@pytest.mark.parametrize("value", ["[]", "nonsense", '{"keys": [1]}'])
def test_a_parameter_that_holds_no_keys_opens_nothing(value: str, parameter: str) -> None:
    """One line that names it; it is not overwritten."""
    boto3.client("ssm", region_name=REGION).put_parameter(Name=parameter, Value=value, Type="String")
    with pytest.raises(InvalidSettings, match=f"SSM parameter {parameter} does not hold"):
        in_parameter(parameter).accepts("Bearer mrs_x")
    with pytest.raises(InvalidSettings):
        in_parameter(parameter).new("phone")
    assert value == stored(parameter)["Value"]


def test_an_ssm_that_does_not_answer_is_an_error_and_opens_nothing(
    parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the keys cannot be read, every request is refused."""
    key = in_parameter(parameter).new("phone")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable, match="Cannot read the SSM parameter") as caught:
        in_parameter(parameter).accepts(f"Bearer {key}")
    assert key not in str(caught.value)
