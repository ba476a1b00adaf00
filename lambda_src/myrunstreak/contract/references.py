"""How a JSON document is referred to: a file, an object on S3, an SSM parameter or a secret of Secrets Manager."""

from __future__ import annotations

import re
from typing import Final

from myrunstreak.contract.layout import S3Location, parse_location

FILE_PREFIX: Final = "file:"
OBJECT_PREFIX: Final = "s3://"
# A SecureString, where a name alone would be a secret of Secrets Manager.
PARAMETER_PREFIX: Final = "ssm:"

_PARAMETER_NAME: Final = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_SECRET_ID: Final = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,512}")


def check_reference(value: str, *, is_parameter: bool) -> str:
    """A reference as it is, where it can be one.

    Args:
        is_parameter: a name alone is an SSM parameter's, else a secret's.

    Raises:
        ValueError: it refers to nothing.
    """
    if value.startswith(FILE_PREFIX):
        if not value.removeprefix(FILE_PREFIX).strip():
            raise ValueError("the path after file: is missing")
    elif value.startswith(OBJECT_PREFIX):
        check_object(value)
    else:
        name = value.removeprefix(PARAMETER_PREFIX)
        is_parameter = is_parameter or name != value
        if not (_PARAMETER_NAME if is_parameter else _SECRET_ID).fullmatch(name):
            raise ValueError("not a name that AWS accepts")
    return value


def check_object(value: str) -> str:
    """The location of an object or a file as it is.

    Raises:
        ValueError: it is none.
    """
    location = parse_location(value)
    if isinstance(location, S3Location) and (not location.key or location.key.endswith("/")):
        raise ValueError("the key of the object is missing")
    return value
