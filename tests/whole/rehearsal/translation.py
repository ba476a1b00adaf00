"""What one registered resource is to AWS: from a type's name to the API calls that make it.

Each function takes a ``Registration`` and returns the resource's id and its outputs, as the provider would.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.stage.emulator import ACCOUNT, Emulator

Made = tuple[str, dict[str, Any]]


class Untranslated(Exception):
    """The program registered something that the rehearsal does not know how to make."""


@dataclass(frozen=True)
class Stage:
    """What the translations need beside the resource: the emulator, and how functions are run in it."""

    emulator: Emulator
    function_zip: Callable[[str], bytes]
    function_environment: dict[str, str]


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it; ``inputs`` in the provider's spelling."""

    type: str
    name: str
    inputs: dict[str, Any]
    region: str
    stage: Stage

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]

    def get(self, key: str, default: Any = None) -> Any:
        """An input, or the default where it is absent or null."""
        value = self.inputs.get(key)
        return default if value is None else value

    def client(self, service: str) -> Any:
        """A client of the resource's region, as the account's root."""
        return self.stage.emulator.client(service, self.region)

    def physical_name(self, key: str = "name") -> str:
        """The pinned name, or the logical one with something random behind it."""
        return self.get(key) or f"{self.get(key + 'Prefix', self.name + '-')}{secrets.token_hex(4)[:7]}"

    def arn(self, service: str, rest: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{rest}"

    def chosen(self, **keys: str) -> dict[str, Any]:
        """API parameters from those inputs that are set: ``Parameter="input"``."""
        return {
            parameter: pascal(self.inputs[key])
            for parameter, key in keys.items()
            if self.inputs.get(key) is not None
        }


# Where the API's spelling is more than a capital letter.
_SPELLINGS = {
    "id": "ID",
    "sseAlgorithm": "SSEAlgorithm",
    "kmsMasterKeyId": "KMSMasterKeyID",
    "applyServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
}


def pascal(value: Any) -> Any:
    """Inputs in the API's spelling, whatever is null left out; numbers that Pulumi made floats made whole."""
    if isinstance(value, dict):
        return {
            _SPELLINGS.get(key, key[0].upper() + key[1:]): pascal(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [pascal(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def tag_list(tags: dict[str, str] | None) -> list[dict[str, str]]:
    """Tags as most APIs take them."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
