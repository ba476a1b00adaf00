"""One JSON document in a file, an object on S3, an SSM parameter or AWS Secrets Manager: how one is opened."""

from __future__ import annotations

from pathlib import Path

from myrunstreak.contract.layout import S3Location, parse_location
from myrunstreak.contract.references import FILE_PREFIX, OBJECT_PREFIX, PARAMETER_PREFIX
from myrunstreak.secrets.document import TOKENS_REMEDY, JsonDocument


def open_secret(reference: str, region: str) -> JsonDocument:
    """The document behind `file:PATH`, `ssm:NAME`, `s3://bucket/key` or a Secrets Manager id."""
    if reference.startswith((FILE_PREFIX, OBJECT_PREFIX)):
        return open_parameter(reference, region, remedy=TOKENS_REMEDY)
    if reference.startswith(PARAMETER_PREFIX):
        name = reference.removeprefix(PARAMETER_PREFIX)
        return open_parameter(name, region, remedy=TOKENS_REMEDY, is_secret=True)
    from myrunstreak.secrets.secrets_manager import SecretDocument

    return SecretDocument(reference, region)


def open_parameter(reference: str, region: str, *, remedy: str, is_secret: bool = False) -> JsonDocument:
    """The document behind `file:PATH`, `s3://bucket/key` or the name of an SSM parameter.

    Args:
        remedy: what to do where something else is stored there.
        is_secret: the parameter is a SecureString.
    """
    if reference.startswith(FILE_PREFIX):
        from myrunstreak.secrets.file import FileDocument

        return FileDocument(Path(reference.removeprefix(FILE_PREFIX)), remedy=remedy)
    if reference.startswith(OBJECT_PREFIX):
        location = parse_location(reference)
        if isinstance(location, S3Location):
            from myrunstreak.secrets.object import ObjectDocument

            return ObjectDocument(location, region, remedy=remedy)
    from myrunstreak.secrets.parameter import ParameterDocument

    return ParameterDocument(
        reference.removeprefix(PARAMETER_PREFIX), region, remedy=remedy, is_secret=is_secret
    )
