"""The one HTTP server: bounded in time and size, quick to stop, and only for this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
import requests

from scripts import loopback
from scripts.loopback import LARGEST_BODY, LoopbackServer, Request, Response


def echo(request: Request) -> Response:
    """Say what was asked."""
    return Response(200, f"{request.method} {request.path} {len(request.body)} {request.is_whole}".encode())


def connect(server: LoopbackServer) -> socket.socket:
    """A raw connection to the server."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_a_head_that_trickles_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly the bytes come, the whole request has one deadline; other clients are answered."""
    monkeypatch.setattr(loopback, "PATIENCE_S", 0.4)
    with LoopbackServer(echo) as server, connect(server) as slow:
        started = time.monotonic()

        def trickle() -> None:
            with contextlib.suppress(OSError):
                slow.sendall(b"GET / HTTP/1.1\r\n")
                while time.monotonic() - started < 4:
                    slow.sendall(b"X-Slow: yes\r\n")
                    time.sleep(0.05)

        sender = threading.Thread(target=trickle)
        sender.start()
        assert 200 == requests.get(server.address, timeout=5).status_code
        with contextlib.suppress(ConnectionResetError):
            assert b"" == slow.recv(100)
        assert time.monotonic() - started < 3
        sender.join()


def test_stopping_ends_open_connections_at_once() -> None:
    """An idle client, half a request, and an answer that is still to come."""
    with LoopbackServer(lambda _: Response(200, delay_s=30)) as server:
        idle, half, waiting = connect(server), connect(server), connect(server)
        half.sendall(b"GET / HT")
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    for client in (idle, half, waiting):
        assert client is waiting or b"" == client.recv(1000)
        client.close()


def test_an_answer_that_is_being_made_is_sent_before_the_server_stops() -> None:
    """A browser that brings the code gets its page, although the command goes on as soon as it has the code."""
    begun, answers = threading.Event(), list[bytes]()

    def answer(_: Request) -> Response:
        begun.set()
        server.stopping.wait(5)
        time.sleep(0.2)  # by now a server that waits for nothing has closed the connection
        return Response(200, b"That worked")

    server = LoopbackServer(answer).start()
    browser = threading.Thread(target=lambda: answers.append(requests.get(server.address, timeout=5).content))
    browser.start()
    assert begun.wait(5)
    server.stop()
    browser.join()
    assert [b"That worked"] == answers


def test_an_answer_without_end_does_not_keep_the_server_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its connection is closed after a while."""
    monkeypatch.setattr(loopback, "_LAST_ANSWERS_S", 0.1)
    begun, released = threading.Event(), threading.Event()

    def answer(_: Request) -> Response:
        begun.set()
        released.wait(10)
        return Response(200)

    with LoopbackServer(answer) as server, connect(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(5)
        server.stop()
        assert b"" == client.recv(100)
        released.set()


def test_head_gets_the_length_without_the_body_and_the_connection_goes_on() -> None:
    """Also for an unknown method."""
    with LoopbackServer(echo) as server, requests.Session() as session:
        head = session.head(f"{server.address}/a", timeout=5)
        assert (b"", str(len("HEAD /a 0 True"))) == (head.content, head.headers["Content-Length"])
        assert "BREW /b 0 True" == session.request("BREW", f"{server.address}/b", timeout=5).text


def test_a_body_beyond_the_limit_is_never_read() -> None:
    """It is answered at once, and the connection ends."""
    with LoopbackServer(echo) as server:
        for length, body in ((LARGEST_BODY, "x" * LARGEST_BODY), (LARGEST_BODY + 1, ""), ("9" * 5000, "")):
            with connect(server) as client:
                client.sendall(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}".encode())
                answer = client.recv(1000)
            assert answer.endswith(f"POST / {len(body)} {bool(body)}".encode())
            assert (not body) == (b"Connection: close" in answer)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "10.0.0.1", "example.test"])
def test_it_listens_on_loopback_only(host: str) -> None:
    """No other machine may reach what it serves."""
    with pytest.raises(ValueError, match="loopback only"):
        LoopbackServer(echo, host)


def test_an_error_of_the_answer_is_reported_and_the_next_request_answered() -> None:
    """Its own connection ends without an answer."""
    reported: list[BaseException] = []

    def answer(request: Request) -> Response:
        if request.path == "/bad":
            raise KeyError("planted")
        return echo(request)

    with LoopbackServer(answer, report=reported.append) as server:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.address}/bad", timeout=5)
        assert 200 == requests.get(server.address, timeout=5).status_code
    assert [KeyError] == [type(error) for error in reported]
