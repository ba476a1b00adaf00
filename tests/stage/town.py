"""A Smashrun of many runners: one address, and behind it a simulator for each, told apart by their tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from scripts import loopback
from scripts.loopback import LoopbackServer, Response
from scripts.simulator import Simulator, Switches
from scripts.simulator.consent import AUTHORIZE_PATH, TOKEN_PATH
from scripts.simulator.wire import Request

# No limit of requests: those are kept for each token, and histories here are short.
_SWITCHES = Switches(rate_limits=False)


class Town:
    """Many runners of Smashrun; in a ``with`` block it listens."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self._of_token: dict[str, Simulator] = {}
        self._stranger = Simulator([], _SWITCHES)
        self._simulators = [self._stranger]
        self._at_the_browser = self._stranger
        self._server = LoopbackServer(self._answer, name="Town", report=self.failures.append)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        for simulator in self._simulators:
            self.failures += simulator.failures
        assert [] == self.failures

    @property
    def settings(self) -> dict[str, str]:
        """Where it is, as fields of ``Settings``."""
        base = self._server.address
        return {
            "smashrun_api_url": f"{base}/v1",
            "smashrun_authorize_url": base + AUTHORIZE_PATH,
            "smashrun_token_url": base + TOKEN_PATH,
        }

    def settle(self, activities: Iterable[Mapping[str, Any]]) -> Simulator:
        """A runner more."""
        simulator = Simulator(activities, _SWITCHES, seed=len(self._simulators) + 1)
        self._simulators.append(simulator)
        return simulator

    def seat(self, simulator: Simulator) -> None:
        """It is this runner who is asked for consent from now on."""
        self._at_the_browser = simulator

    def authorise(self, simulator: Simulator) -> dict[str, Any]:
        """The tokens of a runner's consent, as they are kept."""
        answer = simulator.issue_tokens()
        self._know(answer, simulator)
        now = simulator.clock.now()
        return {
            **answer,
            "obtained_at": now.isoformat(),
            "expires_at": now.replace(year=now.year + 1).isoformat(),
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
        }

    def _know(self, answer: Mapping[str, Any], simulator: Simulator) -> None:
        for name in ("access_token", "refresh_token"):
            if token := answer.get(name):
                self._of_token[token] = simulator

    def _answer(self, received: loopback.Request) -> Response:
        request = Request.of(received)
        token = request.bearer or request.form().get("refresh_token")
        asks = request.path == AUTHORIZE_PATH or (request.path == TOKEN_PATH and not token)
        simulator = self._at_the_browser if asks else self._of_token.get(token or "", self._stranger)
        answer = simulator.answer(received)
        if request.path == TOKEN_PATH and answer.status == 200:
            self._know(json.loads(answer.body), simulator)
        return answer
