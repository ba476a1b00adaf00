"""One model of the settings for both sides: what one renders, the other reads back, and mistakes are explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.layout import S3Location
from myrunstreak.contract.settings import Settings, is_loopback
from myrunstreak.contract.tuning import Tuning, parse_minimum_km
from myrunstreak.errors import InvalidSettings
from pydantic import SecretStr, ValidationError

from tests.stage.examples import examples

_word = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=20
)
_phrase = st.builds(" ".join, st.lists(_word, min_size=1, max_size=3))
_name = st.from_regex(r"[a-z][a-z0-9-]{1,18}[a-z0-9]", fullmatch=True)
_url = st.one_of(
    st.builds("https://{}.example/{}".format, _name, _name),
    st.builds("http://127.0.0.1:{}/v1".format, st.integers(1, 65535)),
    st.just("http://[::1]:8000/v1"),
)
_path = st.builds("{}/{}".format, st.sampled_from([".", "/data", "~"]), _name)
_s3 = st.builds("s3://{}/{}".format, _name, _name)
_reference = st.one_of(
    st.from_regex(r"[A-Za-z0-9/_+=.@:-]{1,40}", fullmatch=True), st.builds("file:{}".format, _path)
).filter(lambda text: text != "file:")
_minimum = st.one_of(
    st.sampled_from(["any", "mile", "1km", "5km", "10k", "3.1mi", "5 miles", "half"]),
    st.integers(1, 1000).map(str),
    st.floats(0.01, 999).map("{:.5f}".format),
)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


valid = _some(
    runner_timezone=st.sampled_from(
        ["Europe/Amsterdam", "UTC", "America/Argentina/Ushuaia", "Pacific/Kiritimati"]
    ),
    streak_min_distance=_minimum,
    detail_requests_per_sync=st.integers(0, 100_000),
    stop_margin_s=st.integers(1, 600),
    environment=st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True),
    log_level=st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"]),
    smashrun_client_id=_phrase,
    smashrun_client_secret=_phrase.map(SecretStr),
    smashrun_redirect_uri=_url,
    smashrun_api_url=_url,
    smashrun_authorize_url=_url,
    smashrun_token_url=_url,
    duckdb_path=st.one_of(
        _path, _s3, _phrase.filter(lambda text: "://" not in text and not text.startswith("~"))
    ),
    raw_archive=st.one_of(_path, _s3, _s3.map("{}/".format)),
    tokens_secret=_reference,
    sync_state_secret=_reference,
    aws_region=st.sampled_from(["us-east-2", "eu-central-1", "us-gov-west-1", "ap-southeast-3"]),
)


@examples(150)
@given(fields=valid)
def test_what_is_rendered_is_read_back_equal(fields: dict[str, Any]) -> None:
    """`from_env(s.to_env()) == s`, and the environment is nothing but texts that are not empty."""
    chosen = Settings(**fields)
    env = chosen.to_env()
    assert chosen == Settings.from_env(env)
    assert all(isinstance(text, str) and text.strip() for text in env.values())
    assert env == Settings.from_env(env).to_env()


@examples(50)
@given(fields=valid, blanks=st.sampled_from(["", " ", "\t", " \n"]))
def test_a_blank_variable_is_unset(fields: dict[str, Any], blanks: str) -> None:
    """As `.env.example` leaves them: nothing after the equals sign is no value."""
    env = Settings(**fields).to_env()
    unset = {name.upper(): blanks for name in Settings.model_fields if name.upper() not in env}
    assert Settings.from_env(env) == Settings.from_env(env | unset)
    assert Settings() == Settings.from_env(dict.fromkeys(env, blanks))


def test_the_defaults_are_the_documented_ones() -> None:
    """Changing one changes deployments that rely on it."""
    assert {
        "SMASHRUN_REDIRECT_URI": "http://localhost:8000/callback",
        "SMASHRUN_API_URL": "https://api.smashrun.com/v1",
        "SMASHRUN_AUTHORIZE_URL": "https://secure.smashrun.com/oauth2/authenticate",
        "SMASHRUN_TOKEN_URL": "https://secure.smashrun.com/oauth2/token",
        "DUCKDB_PATH": "./data/runs.duckdb",
        "TOKENS_SECRET": "myrunstreak/smashrun/tokens",
        "SYNC_STATE_SECRET": "myrunstreak/sync-state",
        "STREAK_MIN_DISTANCE": "any",
        "ACTIVITY_TYPES": "running",
        "WEEK_START": "monday",
        "UNITS": "km",
        "SHARE": "False",
        "DIGEST": "False",
        "API_PUBLIC_STATUS": "False",
        "DETAIL_REQUESTS_PER_SYNC": "200",
        "STOP_MARGIN_S": "20",
        "AWS_REGION": "us-east-2",
        "ENVIRONMENT": "dev",
        "LOG_LEVEL": "INFO",
    } == Settings().to_env()


BAD = {
    "SMASHRUN_REDIRECT_URI": ["http://localhost/" + "x" * 600],
    "SMASHRUN_API_URL": [
        "http://api.smashrun.com/v1",
        "api.smashrun.com",
        "ftp://x",
        "https://",
        "https://[",
        "https://a b/",
    ],
    "SMASHRUN_AUTHORIZE_URL": ["http://secure.smashrun.com/", "https:///x"],
    "SMASHRUN_TOKEN_URL": ["javascript:alert(1)"],
    "DUCKDB_PATH": [
        "s3://bucket",
        "s3://bucket/",
        "s3://Bucket/key",
        "s3://b/k",
        "s3://bucket/data/",
        "https://host/x",
    ],
    "RAW_ARCHIVE": ["s3://bucket", "gs://bucket/raw/"],
    "LEASE": ["s3://bucket", "s3://bucket/leases/", "none at all://"],
    "LEASE_REGION": ["Oregon", "us-west"],
    "TENANT": ["7q3zr0d5k8w1m9x2c4v6b0n8a", "7q3zr0d5k8w1m9x2c4v6b0n8al", "7Q3ZR0D5K8W1M9X2C4V6B0N8AH"],
    "TOKENS_SECRET": ["file:", "file: ", "my secret", "x" * 513],
    "SYNC_STATE_SECRET": ["file:", "späte Läufe"],
    "RUNNER_TIMEZONE": ["Amsterdam", "CEST2", "../../etc/passwd", "Europe", "x" * 65, "+02:00"],
    "STREAK_MIN_DISTANCE": [
        "0",
        "-1",
        "1001",
        "5 parsecs",
        "5  km",
        "1e2",
        "nan",
        "٥",
        "1,5",
        "0.0000001",
        "miles",
    ],
    "DETAIL_REQUESTS_PER_SYNC": ["-1", "100001", "many", "1.5", "1e400"],
    "STOP_MARGIN_S": ["0", "601", "20s"],
    "REMIND_AT": ["18:30", "24:00", "6:30", "18:30,18:30", "18.30", "18:30,", "00:00," * 7],
    "DIGEST": ["weekly"],
    "MESSAGES_TOPIC": ["messages", "arn:aws:sqs:us-east-2:123456789012:messages"],
    "NOTIFY_URLS": ["file:", "my channels"],
    "AWS_REGION": ["Ohio", "us-east", "us-east-2a", "eu_central_1"],
    "ENVIRONMENT": ["Dev", "1st", "a" * 32, "my env", "prod;"],
    "LOG_LEVEL": ["info", "TRACE", "0"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_variable_that_cannot_be_understood_is_named_in_one_line(name: str, value: str) -> None:
    """The variable, the value seen, and what is accepted."""
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_env({name: value})
    message = str(caught.value)
    accepted = Settings.model_fields[name.lower()].description
    assert f"{name} is {value.strip()!r}; accepted: {accepted}" in message
    assert "\n" not in message
    assert 2 == caught.value.exit_code


def test_every_mistake_is_named_at_once() -> None:
    """All errors are listed at once."""
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_env({name: values[0] for name, values in BAD.items()})
    assert set(BAD) == set(re.findall(r"([A-Z_]{5,}) is ", str(caught.value)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMASHRUN_CLIENT_SECRET", "hunter2" * 100),
        ("SMASHRUN_API_URL", "https://me:hunter2@api.smashrun.com/v1"),
        ("SMASHRUN_API_URL", "https://api.smashrun.com/v1?access_token=hunter2"),
        ("SMASHRUN_TOKEN_URL", "https://api.smashrun.com/v1#access_token=hunter2"),
        ("TOKENS_SECRET", '{"access_token": "hunter2"}'),
        ("NOTIFY_URLS", "ntfy://hunter2"),
    ],
)
def test_a_secret_is_never_shown_wherever_it_was_put(name: str, value: str) -> None:
    """Also not one that was pasted in the wrong place."""
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_env({name: value})
    assert "hunter2" not in str(caught.value)
    assert f"{name} is (hidden)" in str(caught.value)


def test_the_clients_secret_is_in_no_representation() -> None:
    """Only `to_env`, which renders it, and who asks for it by name see it."""
    chosen = Settings(smashrun_client_secret=SecretStr("hunter2"))
    assert "hunter2" not in f"{chosen!r} {chosen} {chosen.model_dump()} {chosen.model_dump_json()}"
    assert "hunter2" == chosen.to_env()["SMASHRUN_CLIENT_SECRET"]


@pytest.mark.parametrize("field", sorted(Tuning.model_fields))
def test_the_operators_choices_are_described(field: str) -> None:
    """A stack's configuration explains its mistakes with these words."""
    assert Tuning.model_fields[field].description


def test_reminders_come_at_times_of_the_runners_zone() -> None:
    """In the order of the day; without a zone it is not known when that is."""
    chosen = Settings.from_env({"REMIND_AT": "21:30, 18:30", "RUNNER_TIMEZONE": "Europe/Amsterdam"})
    assert ["18:30", "21:30"] == chosen.reminder_times
    assert [] == Settings().reminder_times
    with pytest.raises(InvalidSettings, match=r"REMIND_AT is '18:30'; .*RUNNER_TIMEZONE has to be set too"):
        Settings.from_env({"REMIND_AT": "18:30"})


def test_settings_cannot_be_changed_or_misspelt() -> None:
    """Frozen, and closed to unknown names."""
    with pytest.raises(ValidationError):
        Settings().log_level = "DEBUG"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(duckdb="x")  # type: ignore[call-arg]


def test_archive_and_recordings_lie_beside_the_database(tmp_path: Path) -> None:
    """Unless the archive is named."""
    chosen = Settings(duckdb_path="s3://bucket-1/data/runs.duckdb")
    assert S3Location("bucket-1", "data/runs.duckdb") == chosen.database
    assert S3Location("bucket-1", "data/raw/") == chosen.archive
    assert S3Location("bucket-1", "data/recordings/") == chosen.recordings
    local = Settings(duckdb_path=str(tmp_path / "runs.duckdb"), raw_archive="s3://bucket-1/raw/")
    assert (tmp_path / "runs.duckdb", S3Location("bucket-1", "raw/")) == (local.database, local.archive)
    assert tmp_path / "recordings" == local.recordings


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("any", 0.0),
        ("mile", 1.60934),
        ("1km", 1.0),
        ("5km", 5.0),
        ("2.5", 2.5),
        ("1000", 1000.0),
        ("5mi", 8.0467),
        ("3.1 miles", 4.98895),
        ("10K", 10.0),
        ("half", 21.0975),
        ("Marathon", 42.195),
    ],
)
def test_a_minimum_is_a_distance(text: str, km: float) -> None:
    """Miles are rounded as Smashrun rounds, to five decimals of a km."""
    assert km == parse_minimum_km(text) == Settings(streak_min_distance=text).streak_min_km


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", "loopback"),
        ("http://localhost/v1", "loopback"),
        ("http://[::1]:9/v1", "loopback"),
        ("https://api.smashrun.com/v1/", "api.smashrun.com"),
        ("https://127.0.0.1.example/v1", "127.0.0.1.example"),
    ],
)
def test_the_source_is_smashruns_host_or_this_machine(url: str, expected: str) -> None:
    """It separates the demo's runs from real ones."""
    assert expected == Settings(smashrun_api_url=url).source_name
    assert is_loopback(url) == (expected == "loopback")
