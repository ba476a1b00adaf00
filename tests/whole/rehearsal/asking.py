"""Asking the deployed API over HTTP, and letting keys and phones in with the commands that people type."""

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

from tests.stage.emulator import ROOT, Emulator, RehearsalImpossible
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


def host(emulator: Emulator, api_url: str) -> str:
    """The API's host as the function sees it."""
    return f"{urlsplit(api_url).hostname}:{urlsplit(emulator.url).port}"


def ask(
    emulator: Emulator,
    api_url: str,
    path: str,
    key: str | None = None,
    *,
    method: str = "GET",
    body: Any = None,
    **headers: str,
) -> Reply:
    """Ask for a path; no name leads to the emulator's gateway, so that the API's host goes along as a header."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{emulator.url}{path}", sent, headers, method=method)
    request.add_header("Host", host(emulator, api_url))
    if sent is not None:
        request.add_header("Content-Type", "application/json")
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


def run_command(settings: dict[str, str], folder: Path, *arguments: str, said: str = "") -> Any:
    """``myrunstreak ARGUMENTS --json``, with what is said on its standard input: what it prints.

    Raises:
        RehearsalImpossible: it failed; its last words are the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", *arguments, "--json"],
        cwd=folder,
        env=clean_environment() | settings | {"PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RehearsalImpossible(f"{' '.join(arguments)} failed: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None
