"""The real package with one file more: what starts Lambda's runtime client inside the emulator."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

RECORDER = Path(__file__).with_name("recorder")


def bootstrap_script(python: Path) -> str:
    """Starts the handler under the real runtime client, as ``/var/runtime/bootstrap`` does on Lambda."""
    return (
        "#!/bin/sh\n"
        f'export PYTHONPATH="{RECORDER}:$LAMBDA_TASK_ROOT"\n'
        f'exec {python} -m awslambdaric "$_HANDLER"\n'
    )


def with_bootstrap(package: Path, script: str) -> bytes:
    """The package's bytes and, appended, the ``bootstrap`` file; nothing in it is packed anew."""
    buffer = io.BytesIO(package.read_bytes())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o100755 << 16
        archive.writestr(info, script)
    return buffer.getvalue()
