"""Loaded by the function's Python in the rehearsal: notes every AWS call that the process makes.

One JSON object a line, into the file that MYRUNSTREAK_CALLS names: the function, service, operation, the
parameters that are plain text, and the error code of the answer, if it was one, or a started function's.
"""

import json
import os

from botocore.client import BaseClient
from botocore.exceptions import ClientError

_file = os.environ.get("MYRUNSTREAK_CALLS", "")
_function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
_call = BaseClient._make_api_call  # type: ignore[attr-defined]


def _recorded(self, operation_name, api_params):
    error = None
    try:
        answer = _call(self, operation_name, api_params)
        error = answer.get("FunctionError")
        return answer
    except ClientError as problem:
        error = problem.response.get("Error", {}).get("Code")
        raise
    finally:
        if _file:
            hidden = {"SecretString", "Body"}
            plain = {
                key: value
                for key, value in api_params.items()
                if isinstance(value, str) and key not in hidden
            }
            service = self.meta.service_model.service_name
            with open(_file, "a", encoding="utf-8") as stream:  # noqa: PTH123
                line = {
                    "function": _function,
                    "service": service,
                    "operation": operation_name,
                    "parameters": plain,
                    "error": error,
                }
                stream.write(json.dumps(line) + "\n")


BaseClient._make_api_call = _recorded  # type: ignore[attr-defined]
