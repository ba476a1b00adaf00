"""One JSON document in a file, in AWS Secrets Manager or in an SSM parameter: the port, its homes, how one is opened."""

from __future__ import annotations

from pathlib import Path

from myrunstreak.contract.settings import FILE_PREFIX
from myrunstreak.secrets.document import JsonDocument


def open_secret(reference: str, region: str) -> JsonDocument:
    """The document behind `file:PATH` or a Secrets Manager id."""
    if (file := _file(reference)) is not None:
        from myrunstreak.secrets.file import FileDocument

        return FileDocument(file)
    from myrunstreak.secrets.secrets_manager import SecretDocument

    return SecretDocument(reference, region)


def open_parameter(reference: str, region: str, *, remedy: str, is_secret: bool = False) -> JsonDocument:
    """The document behind `file:PATH` or the name of an SSM parameter.

    Args:
        remedy: what to do where something else is stored there.
        is_secret: the parameter is a SecureString.
    """
    if (file := _file(reference)) is not None:
        from myrunstreak.secrets.file import FileDocument

        return FileDocument(file, remedy=remedy)
    from myrunstreak.secrets.parameter import ParameterDocument

    return ParameterDocument(reference, region, remedy=remedy, is_secret=is_secret)


def _file(reference: str) -> Path | None:
    return Path(reference.removeprefix(FILE_PREFIX)) if reference.startswith(FILE_PREFIX) else None
