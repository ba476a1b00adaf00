"""Asking the deployed API over HTTP, and making its keys with the command that people type."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.whole.rehearsal.emulator import ROOT, Emulator, RehearsalImpossible
from tests.whole.rehearsal.processes import clean_environment


@dataclass(frozen=True)
class Reply:
    """One answer of the API: header names in lower case, the body as text."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.text)


def ask(emulator: Emulator, api_url: str, path: str, key: str | None = None, **headers: str) -> Reply:
    """GET a path; no name leads to the emulator's gateway, so that the API's host goes along as a header."""
    where, gateway = urlsplit(emulator.url), urlsplit(api_url)
    request = urllib.request.Request(f"{emulator.url}{path}", headers=headers)
    request.add_header("Host", f"{gateway.hostname}:{where.port}")
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    context = ssl.create_default_context(cafile=str(emulator.certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        answer = opener.open(request, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(int(answer.status or 0), found, answer.read().decode())


def api_key(settings: dict[str, str], folder: Path, *arguments: str) -> Any:
    """``myrunstreak api-key ARGUMENTS --json``: what it prints.

    Raises:
        RehearsalImpossible: it failed; its last words are the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "api-key", *arguments, "--json"],
        cwd=folder,
        env=clean_environment() | settings | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RehearsalImpossible(f"api-key {' '.join(arguments)} failed: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None
