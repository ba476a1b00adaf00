"""What a JSON document promises, held by every home of one alike."""

from __future__ import annotations

import json
import multiprocessing
import stat
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from myrunstreak.errors import InvalidSettings, MyRunStreakError, StoreUnavailable
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.document import DamagedDocument, JsonDocument
from myrunstreak.secrets.file import FileDocument
from myrunstreak.secrets.parameter import ParameterDocument
from myrunstreak.secrets.secrets_manager import SecretDocument

Open = Callable[[], JsonDocument]
VALUE: dict[str, object] = {"access_token": "planted-access-5", "n": 1, "nested": {"a": [1, None]}, "ü": "🏃"}


@pytest.fixture(params=["file", "secrets manager", "parameter", "secure parameter", "object"])
def open_it(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same document as often as asked, as separate processes would."""
    if request.param == "file":
        return lambda: FileDocument(tmp_path / "private" / "deep" / "tokens.json")
    region = request.getfixturevalue("aws")
    name = f"/myrunstreak/test/{uuid4().hex}"
    if request.param == "parameter":
        return lambda: ParameterDocument(name, region, remedy="Make another one.")
    if request.param == "secure parameter":
        return lambda: open_secret(f"ssm:{name}", region)
    if request.param == "object":
        bucket = request.getfixturevalue("cloud").bucket
        return lambda: open_secret(f"s3://{bucket}/runners/tokens.json", region)
    return lambda: SecretDocument(name, region)


def test_what_is_not_there_reads_as_none(open_it: Open) -> None:
    """A missing secret is no error: the first write makes it."""
    assert open_it().read() is None


def test_what_was_written_is_read_by_others(open_it: Open) -> None:
    """Twice, so that both making and replacing are tried."""
    open_it().write(VALUE)
    assert open_it().read() == VALUE
    open_it().write({"n": 2})
    assert open_it().read() == {"n": 2}


def test_a_secure_parameter_is_encrypted_and_of_the_tier_that_has_room(aws: str) -> None:
    """Advanced only where the 10,000 standard ones of a region are used up."""
    import boto3

    name = f"/club/runner/{uuid4().hex}"
    open_secret(f"ssm:{name}", aws).write(VALUE)
    client = boto3.client("ssm", region_name=aws)
    found = client.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])
    [mine] = found["Parameters"]
    assert ("SecureString", "Intelligent-Tiering") == (mine.get("Type"), mine.get("Tier"))
    assert VALUE == open_secret(f"ssm:{name}", aws).read()


def test_update_starts_with_an_empty_object_and_returns_what_it_wrote(open_it: Open) -> None:
    """Read, change, write in one go."""
    assert open_it().update(lambda old: old | {"n": 1}) == {"n": 1}
    assert open_it().update(lambda old: old | {"m": 2}) == {"n": 1, "m": 2}
    assert open_it().read() == {"n": 1, "m": 2}


def test_a_change_that_fails_leaves_everything_as_it_was(open_it: Open) -> None:
    """And the secret can be used afterwards."""
    open_it().write(VALUE)
    secret = open_it()

    def fail(_: dict[str, object]) -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        secret.update(fail)
    assert secret.read() == VALUE
    secret.update(lambda old: old)


def test_exclusive_sections_nest(open_it: Open) -> None:
    """A renewal reads and writes inside its own lock."""
    secret = open_it()
    with secret.exclusive(), secret.exclusive():
        secret.write({"n": 1})
        secret.update(lambda old: old | {"m": 2})
    assert secret.read() == {"n": 1, "m": 2}


def test_no_repr_and_no_name_shows_the_content(open_it: Open) -> None:
    """Only where it lies."""
    open_it().write(VALUE)
    assert "planted" not in repr(open_it()) + open_it().name


def _add_ones(path: str, times: int) -> None:
    for _ in range(times):
        open_secret(path, "us-east-2").update(lambda old: old | {"n": int(str(old.get("n", 0))) + 1})


def test_processes_do_not_lose_each_others_changes(tmp_path: Path) -> None:
    """Three processes add a hundred ones to the same file."""
    path = f"file:{tmp_path}/count.json"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_ones, args=(path, 33)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert FileDocument(tmp_path / "count.json").read() == {"n": 99}


def test_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """File 0600, folders made on the way 0700, and a file that was open to others is closed."""
    path = tmp_path / "a" / "b" / "tokens.json"
    FileDocument(path).write(VALUE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {0o700} == {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)}
    path.chmod(0o644)
    FileDocument(path).write(VALUE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_replaced_and_never_rewritten(tmp_path: Path) -> None:
    """Who has the old file open keeps reading the old content whole."""
    path = tmp_path / "tokens.json"
    FileDocument(path).write({"n": 1})
    with path.open() as reader:
        FileDocument(path).write({"n": 2})
        assert json.load(reader) == {"n": 1}


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    """A half-written temporary file neither disturbs nor stays."""
    path = tmp_path / "tokens.json"
    FileDocument(path).write({"n": 1})
    (tmp_path / ".partial-tokens.json-killed").write_text('{"access_token": "half')
    assert FileDocument(path).read() == {"n": 1}
    FileDocument(path).write({"n": 2})
    assert sorted(file.name for file in tmp_path.iterdir()) == [".tokens.json.lock", "tokens.json"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    """The file behind it is replaced."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "tokens.json"
    link.symlink_to(tmp_path / "real" / "tokens.json")
    FileDocument(link).write({"n": 1})
    assert link.is_symlink()
    assert FileDocument(tmp_path / "real" / "tokens.json").read() == {"n": 1}


@pytest.mark.parametrize("content", ["{planted-broken", "[1, 2]", '"planted"', "12", "\udcff"])
def test_an_unreadable_file_is_the_operators(tmp_path: Path, content: str) -> None:
    """One line that names the file and the next step, and nothing of the content."""
    path = tmp_path / "tokens.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InvalidSettings) as caught:
        FileDocument(path).read()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("content", ["", "  \n"])
def test_an_empty_file_is_none(tmp_path: Path, content: str) -> None:
    """Nothing was ever stored there."""
    path = tmp_path / "tokens.json"
    path.write_text(content)
    assert FileDocument(path).read() is None


def test_a_folder_in_the_way_is_the_operators(tmp_path: Path) -> None:
    """Reading and writing both say so."""
    with pytest.raises(InvalidSettings, match="Cannot read"):
        FileDocument(tmp_path).read()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidSettings):
        FileDocument(tmp_path / "file" / "tokens.json").write({})


def test_a_full_disk_shows_before_anything_is_used_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entering the exclusive section writes for trial; the old content stands."""
    secret = FileDocument(tmp_path / "tokens.json")
    secret.write({"n": 1})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("myrunstreak.files.os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"), secret.exclusive():
        pytest.fail("the section must not be entered")
    assert secret.read() == {"n": 1}


class RefusingClient:
    """A Secrets Manager that answers with one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_secret_value(self, **_: Any) -> dict[str, Any]:
        raise self.error

    put_secret_value = create_secret = get_secret_value


def client_error(code: str, status: int = 400) -> Exception:
    """An error as boto3 raises it."""
    from botocore.exceptions import ClientError

    response: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetSecretValue")


def _botocore_errors() -> list[tuple[Exception, type[MyRunStreakError]]]:
    from botocore import exceptions

    return [
        (client_error("AccessDeniedException"), InvalidSettings),
        (client_error("UnrecognizedClientException"), InvalidSettings),
        (client_error("ExpiredTokenException"), InvalidSettings),
        (client_error("InvalidRequestException"), InvalidSettings),
        (client_error("ValidationException"), InvalidSettings),
        (client_error("InvalidParameterException"), InvalidSettings),
        (client_error("DecryptionFailure"), InvalidSettings),
        (exceptions.NoCredentialsError(), InvalidSettings),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            InvalidSettings,
        ),
        (exceptions.ProfileNotFound(profile="x"), InvalidSettings),
        (exceptions.ParamValidationError(report="too long"), InvalidSettings),
        (exceptions.UnauthorizedSSOTokenError(), InvalidSettings),
        (ValueError("Invalid endpoint: nowhere"), InvalidSettings),
        (client_error("ThrottlingException"), StoreUnavailable),
        (client_error("InternalServiceError", 500), StoreUnavailable),
        (client_error("ServiceUnavailable", 503), StoreUnavailable),
        (exceptions.EndpointConnectionError(endpoint_url="http://x"), StoreUnavailable),
        (exceptions.ReadTimeoutError(endpoint_url="http://x"), StoreUnavailable),
        (exceptions.ConnectTimeoutError(endpoint_url="http://x"), StoreUnavailable),
    ]


@pytest.mark.parametrize(("error", "expected"), _botocore_errors(), ids=lambda e: repr(e)[:60])
def test_every_error_of_aws_has_its_meaning(error: Exception, expected: type[MyRunStreakError]) -> None:
    """What the operator has to mend, and what may pass; one line, with the secret's name."""
    client: Any = RefusingClient(error)
    secret = SecretDocument("my/tokens", "us-east-2", client)
    for act in (secret.read, lambda: secret.write(VALUE)):
        with pytest.raises(expected) as caught:
            act()
        assert "my/tokens" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_an_arn_is_never_created(aws: str) -> None:
    """A missing ARN is a mistake in the settings."""
    secret = SecretDocument("arn:aws:secretsmanager:us-east-2:123456789012:secret:none-AbCdEf", aws)
    with pytest.raises(InvalidSettings):
        secret.write(VALUE)


def test_a_container_without_a_value_is_none_and_can_be_filled(aws: str) -> None:
    """As the infrastructure creates it: the value belongs to us."""
    import boto3

    boto3.client("secretsmanager", region_name=aws).create_secret(Name="made/by/pulumi")
    secret = SecretDocument("made/by/pulumi", aws)
    assert secret.read() is None
    secret.write({"n": 1})
    assert secret.read() == {"n": 1}


class EmptyVersion:
    """A Secrets Manager as the emulator is: a container made without a value has a version all the same."""

    def __init__(self, value: dict[str, str | bytes]) -> None:
        self.answer = {"ARN": "arn", "Name": "made/by/pulumi", "VersionId": "1", **value}

    def get_secret_value(self, **_: Any) -> dict[str, Any]:
        return self.answer

    def put_secret_value(self, **written: Any) -> dict[str, Any]:
        self.answer |= written
        return {}


@pytest.mark.parametrize("value", [{}, {"SecretString": ""}, {"SecretBinary": b""}], ids=repr)
def test_a_version_without_a_value_is_none_and_can_be_filled(value: dict[str, str | bytes]) -> None:
    """Neither text nor bytes: there is no value yet."""
    client: Any = EmptyVersion(value)
    secret = SecretDocument("made/by/pulumi", "us-east-2", client)
    assert secret.read() is None
    secret.write({"n": 1})
    assert secret.read() == {"n": 1}


def test_a_binary_secret_is_the_operators(aws: str) -> None:
    """Bytes are something else's value: it is not written over in silence."""
    import boto3

    boto3.client("secretsmanager", region_name=aws).create_secret(Name="bytes", SecretBinary=b"planted")
    with pytest.raises(DamagedDocument, match="secret bytes is binary") as caught:
        SecretDocument("bytes", aws).read()
    assert "planted" not in str(caught.value)


def test_a_secret_marked_for_deletion_says_so(aws: str) -> None:
    """With the command that brings it back."""
    import boto3

    secret = SecretDocument("soon/gone", aws)
    secret.write({"n": 1})
    boto3.client("secretsmanager", region_name=aws).delete_secret(
        SecretId="soon/gone", RecoveryWindowInDays=7
    )
    with pytest.raises(InvalidSettings, match="restore-secret"):
        secret.read()


def test_an_endpoint_nobody_listens_on_is_unavailable(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback of botocore's, one line."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StoreUnavailable, match="some/secret"):
        SecretDocument("some/secret", aws).read()


def test_references_choose_the_store(tmp_path: Path) -> None:
    """`file:` and everything else."""
    assert isinstance(open_secret(f"file:{tmp_path}/x.json", "us-east-2"), FileDocument)
    assert isinstance(open_secret("myrunstreak/smashrun/tokens", "us-east-2"), SecretDocument)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666, 0o777, 0o660])
def test_a_file_that_others_can_read_is_mended_and_said(
    mode: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy, an editor, a restored backup may have opened it."""
    file = tmp_path / "secret.json"
    file.write_text('{"a": 1}')
    file.chmod(mode)
    assert {"a": 1} == FileDocument(file).read()
    assert 0 == stat.S_IMODE(file.stat().st_mode) & 0o077
    assert f"mode {mode:04o}" in caplog.text
    caplog.clear()
    assert {"a": 1} == FileDocument(file).read()
    assert "" == caplog.text
