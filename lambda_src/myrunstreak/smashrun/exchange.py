"""One HTTP exchange with Smashrun, bounded in size and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Final

import requests
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from myrunstreak.contract.settings import is_loopback
from myrunstreak.instants import Clock, utc_now
from myrunstreak.smashrun.transport import MAX_ANSWER_S, Answer, Auth, Fault

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
USER_AGENT: Final = "MyRunStreak/0.1"

# A proxy that the environment names cannot reach a server on this machine.
_NO_PROXY: Final = {"http": "", "https": "", "all": ""}
_CHUNK_BYTES: Final = 256 * 1024


def open_session() -> requests.Session:
    """A session for a transport that was given none."""
    return requests.Session()


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    auth: Auth,
    params: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
    timeout: tuple[float, float],
    longest_s: float = MAX_ANSWER_S,
    clock: Clock = utc_now,
) -> Answer | Fault:
    """Send one request and read its whole answer. Redirects are answers, they are never followed.

    `timeout` is for connecting and for each silence of the server, `longest_s` for the whole answer.
    """
    started = clock()
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    try:
        with session.request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=timeout,
            proxies=_NO_PROXY if is_loopback(url) else None,
            allow_redirects=False,
            stream=True,
        ) as response:
            chunks: list[bytes] = []
            size = 0
            for chunk in _chunks(response):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    return Fault(f"the answer is larger than {MAX_BODY_BYTES // 2**20} MiB")
                if (clock() - started).total_seconds() > longest_s:
                    return Fault("the answer does not end")
            return Answer(response.status_code, b"".join(chunks), response.headers)
    except (requests.Timeout, ReadTimeoutError):
        return Fault("no answer in time")
    except requests.exceptions.SSLError:
        return Fault("no trusted TLS connection")
    except (requests.exceptions.ChunkedEncodingError, IncompleteRead, ProtocolError):
        return Fault("the answer broke off")
    except requests.ConnectionError:
        return Fault("no connection, or it broke off")
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        return Fault(type(error).__name__)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives: `read1` returns after every packet, so that a trickle is noticed."""
    raw = response.raw
    if not isinstance(raw, BaseHTTPResponse):
        yield from response.iter_content(_CHUNK_BYTES)
        return
    while chunk := raw.read1(_CHUNK_BYTES, decode_content=True):
        yield chunk
