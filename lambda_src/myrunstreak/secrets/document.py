"""One JSON object kept in secret: in a local file or in AWS Secrets Manager, behind the same few methods."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from myrunstreak.aws import aws_errors, aws_session
from myrunstreak.contract.settings import FILE_PREFIX
from myrunstreak.errors import InvalidSettings, MyRunStreakError, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

Change = Callable[[dict[str, object]], dict[str, object]]


class DamagedSecret(InvalidSettings):
    """What is stored is no JSON object."""


LOCK_TIMEOUT_S = 120.0
_LOCK_POLL_S = 0.05


class JsonSecret(Protocol):
    """A JSON object that is read and written whole.

    Every method raises:
        InvalidSettings: the operator has to mend something; one line, never the content. `DamagedSecret`
            where the content is no JSON object.
        StoreUnavailable: the store did not answer; trying later may help.
    """

    @property
    def name(self) -> str:
        """How to call the secret in messages."""
        ...

    def read(self) -> dict[str, object] | None:
        """The object, or None where there is none yet."""
        ...

    def write(self, value: dict[str, object]) -> None:
        """Replace the object, as a whole or not at all."""
        ...

    def update(self, change: Change) -> dict[str, object]:
        """Read, change and write in one go (an empty object where there is none); what was written."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from writing meanwhile, where the store can do that."""
        ...


_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_log = logging.getLogger(__name__)


def open_secret(reference: str, region_name: str) -> JsonSecret:
    """The secret behind `file:PATH` or a Secrets Manager id."""
    if reference.startswith(FILE_PREFIX):
        return FileSecret(Path(reference.removeprefix(FILE_PREFIX)))
    return SecretsManagerSecret(reference, region_name)


def make_private(path: Path) -> str | None:
    """Take a file's rights from everybody but its owner; what was wrong and is mended, or None.

    An editor, a copy or a restored backup may have left a file of secrets open to others.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None  # whoever reads it says why
    if not mode & _OTHERS:
        return None
    with contextlib.suppress(OSError):
        path.chmod(mode & ~_OTHERS)
        if not stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            return f"{path} could be read by others (mode {mode:04o}); mended: only you can now."
    return f"{path} can be read by others (mode {mode:04o}), and that cannot be changed here: move it, or chmod 600."


class FileSecret:
    """A JSON file that only its owner can read (mode 0600), replaced atomically.

    One that others can read is mended when it is read.

    Writers exclude each other through a lock file beside it; readers need no lock.

    Args:
        mend: what to do where it holds something else; by default what helps with tokens.
    """

    def __init__(
        self, path: Path | str, *, mend: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._path = Path(path).expanduser()
        self._mend = mend or _MEND
        self._sleep = sleep
        self._thread_lock = threading.RLock()
        self._depth = 0

    @property
    def name(self) -> str:
        return f"{FILE_PREFIX}{self._path}"

    def __repr__(self) -> str:
        return f"FileSecret({str(self._path)!r})"

    def read(self) -> dict[str, object] | None:
        with self._os_errors("read"):
            if mended := make_private(self._path):
                _log.warning(mended)
            try:
                data = self._path.read_bytes()
            except FileNotFoundError:
                return None
        return _parse(data, self.name, self._mend)

    def write(self, value: dict[str, object]) -> None:
        data = _render(value)
        with self.exclusive(), self._os_errors("write"):
            self._replace(data)

    def update(self, change: Change) -> dict[str, object]:
        with self.exclusive():
            value = change(self.read() or {})
            self.write(value)
        return value

    @contextmanager
    def exclusive(self) -> Generator[None]:
        # Threads that share this object queue at the first lock, processes and other objects at the second.
        with self._thread_lock:
            if self._depth:
                yield
                return
            with self._os_errors("lock"):
                self._make_folder()
                descriptor = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._lock(descriptor)
                with self._os_errors("write"):
                    self._rehearse()
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
            finally:
                os.close(descriptor)  # gives the lock back too

    def _lock(self, descriptor: int) -> None:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"Another process keeps {self.name} locked. Wait for it to end, then try again."
                    ) from None
                self._sleep(_LOCK_POLL_S)
            except OSError:
                return  # a file system without locks: a single process is still served
            else:
                return

    def _rehearse(self) -> None:
        # Whoever locks means to write, perhaps after using up the content: see first that it can be done.
        with contextlib.suppress(FileNotFoundError):
            self._fill_temporary(self._path.read_bytes())
            self._temporary.unlink()

    def _replace(self, data: bytes) -> None:
        target = self._path.resolve()
        self._fill_temporary(data)
        self._temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _fill_temporary(self, data: bytes) -> None:
        # Always the same name, under the lock: what a killed process left behind is overwritten.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._temporary, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(data)
            file.flush()
            os.fsync(descriptor)

    @property
    def _temporary(self) -> Path:
        return self._beside(".tmp")

    def _beside(self, suffix: str) -> Path:
        target = self._path.resolve()
        return target.with_name(f".{target.name}{suffix}")

    def _make_folder(self) -> None:
        folder = self._path.resolve().parent
        for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            with contextlib.suppress(FileExistsError):
                missing.mkdir(mode=0o700)

    @contextmanager
    def _os_errors(self, action: str) -> Generator[None]:
        try:
            yield
        except (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError) as error:
            raise InvalidSettings(
                f"Cannot {action} {self.name}: {error.strerror}. Make it a file this user may read and write."
            ) from None
        except OSError as error:
            raise StoreUnavailable(
                f"Cannot {action} {self.name}: {error.strerror}. The old content stands."
            ) from None


class SecretsManagerSecret:
    """A secret in AWS Secrets Manager. There is no lock: the last writer wins.

    Args:
        secret_id: name or ARN.
        client: a Secrets Manager client; made on first use otherwise.
    """

    def __init__(self, secret_id: str, region_name: str, client: SecretsManagerClient | None = None) -> None:
        self._id = secret_id
        self._region = region_name
        self._made = client

    @property
    def name(self) -> str:
        return f"secret {self._id}"

    def __repr__(self) -> str:
        return f"SecretsManagerSecret({self._id!r}, {self._region!r})"

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            try:
                # Named, although it is the default: not every stand-in keeps to that.
                answer = self._client().get_secret_value(SecretId=self._id, VersionStage="AWSCURRENT")
            except Exception as error:
                if _code(error) == "ResourceNotFoundException":  # no container, or one without a value yet
                    return None
                raise
        text = cast("dict[str, Any]", answer).get("SecretString")
        if not isinstance(text, str):
            raise DamagedSecret(f"The {self.name} is binary; it must hold one JSON object. {_MEND}")
        return _parse(text.encode(errors="surrogatepass"), self.name)

    def write(self, value: dict[str, object]) -> None:
        text = _render(value).decode()
        with self._errors("write"):
            if not self._put(text) and not self._create(text):
                self._put(text)

    def update(self, change: Change) -> dict[str, object]:
        value = change(self.read() or {})
        self.write(value)
        return value

    def exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _put(self, text: str) -> bool:
        # botocore adds an idempotency token and keeps it over its retries, so a lost reply does no harm.
        try:
            self._client().put_secret_value(SecretId=self._id, SecretString=text)
        except Exception as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            return False
        return True

    def _create(self, text: str) -> bool:
        if self._id.startswith("arn:"):
            raise InvalidSettings(
                f"There is no {self.name} in {self._region}. Check the ARN, or run `pulumi up`."
            )
        try:
            self._client().create_secret(Name=self._id, SecretString=text)
        except Exception as error:
            if _code(error) != "ResourceExistsException":
                raise
            return False
        return True

    def _client(self) -> SecretsManagerClient:
        if self._made is None:
            from botocore.config import Config

            config = Config(
                connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 4}
            )
            session = aws_session()
            self._made = session.client("secretsmanager", region_name=self._region, config=config)
        return cast("SecretsManagerClient", self._made)

    @contextmanager
    def _errors(self, action: str) -> Generator[None]:
        problem: MyRunStreakError | None = None
        try:
            with aws_errors(f"the {self.name}", action):
                try:
                    yield
                except MyRunStreakError:
                    raise
                except Exception as error:
                    next_step = _NEXT_STEPS.get(_code(error)) or _NEXT_STEPS.get(type(error).__name__)
                    if next_step is None:
                        raise
                    problem = InvalidSettings(
                        f"Cannot {action} the {self.name} in {self._region}: {next_step}"
                    )
        except StoreUnavailable as error:
            problem = StoreUnavailable(str(error))  # without what botocore attached
        if problem is not None:
            raise problem from None


_MEND = "Restore an earlier version, or remove it and authorise again with scripts/setup_tokens.py."
_NEXT_STEPS = {
    "AccessDeniedException": "AWS denies it. Allow secretsmanager:GetSecretValue and PutSecretValue on it "
    "(CreateSecret where it does not exist yet) to this role or user.",
    "DecryptionFailure": "its KMS key cannot be used. Allow kms:Decrypt on it.",
    "EncryptionFailure": "its KMS key cannot be used. Allow kms:GenerateDataKey on it.",
    "InvalidRequestException": "it is marked for deletion, or AWS does not accept the request. "
    "Restore it with `aws secretsmanager restore-secret`.",
    "InvalidParameterException": "AWS does not accept this id. Check TOKENS_SECRET and SYNC_STATE_SECRET.",
    "ValidationException": "AWS does not accept this id. Check TOKENS_SECRET and SYNC_STATE_SECRET.",
    "ParamValidationError": "this is no secret id. Check TOKENS_SECRET and SYNC_STATE_SECRET.",
    "LimitExceededException": "a quota of the account is used up. Remove what is not needed.",
    "ValueError": "the endpoint is no URL. Check AWS_ENDPOINT_URL and AWS_REGION.",
    "InvalidRegionError": "there is no such region. Check AWS_REGION.",
    "UnauthorizedSSOTokenError": "the SSO session has ended. Log in again.",
    "SSOTokenLoadError": "the SSO session has ended. Log in again.",
    "TokenRetrievalError": "the SSO session has ended. Log in again.",
    "CredentialRetrievalError": "no AWS credentials could be obtained. Check the profile.",
}


def _code(error: Exception) -> str:
    """AWS's error code of a botocore ClientError, an empty text for anything else."""
    response = cast("dict[str, Any]", getattr(error, "response", None) or {})
    return str(response.get("Error", {}).get("Code", ""))


def _render(value: dict[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _parse(data: bytes, name: str, mend: str = _MEND) -> dict[str, object] | None:
    if not data.strip():
        return None
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DamagedSecret(f"{name} does not hold one JSON object. {mend}")
    return cast("dict[str, object]", value)
