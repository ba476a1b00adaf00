"""Tokens that describe themselves and are signed with a key from the seed.

Because a token carries all there is to know, one that was issued before a restart with the same seed still
works. Revocation, rotation and forced expiry are kept in memory and end with the process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from .clock import Clock
from .switches import Switches

USER_CLIENT = (
    "client"  # Smashrun's name for a person reaching their own data: implicit flow, no refresh token
)
READ, WRITE = "read_activity", "write_activity"
TokenAnswer: TypeAlias = dict[str, Any]  # access_token, token_type, expires_in and mostly refresh_token
Kind = Literal["sima", "simr", "simc"]  # access token, refresh token, code


@dataclass(frozen=True)
class Ticket:
    """What a signed token or code says. Instants in epoch seconds."""

    kind: Kind
    ident: str
    grant: str  # one consent of the user; revoking ends all that came from it
    client: str
    scope: str
    expires: float
    redirect_uri: str = ""


@dataclass
class _Epoch:
    """A moment at which everything issued before it died; what is admitted since lives."""

    happened: bool = False
    since: set[str] = field(default_factory=set[str])

    def strike(self) -> None:
        self.happened, self.since = True, set()

    def covers(self, ident: str) -> bool:
        return self.happened and ident not in self.since


class TokenOffice:
    """Issues, checks, refreshes and revokes. Safe to use from several threads."""

    def __init__(self, seed: int, clock: Clock, switches: Switches) -> None:
        self._key = hashlib.sha256(f"smashrun-simulator:{seed}".encode()).digest()
        self._clock = clock
        self._switches = switches
        self._lock = threading.RLock()
        self._spent: set[str] = set()  # idents of used codes and rotated refresh tokens
        self._dead_grants: set[str] = set()
        self._extended: dict[str, float] = {}  # refresh token ident -> later expiry
        self._access_epoch, self._refresh_epoch = _Epoch(), _Epoch()
        self.client_id = "myrunstreak-simulated"
        self.client_secret = hmac.new(self._key, b"client-secret", hashlib.sha256).hexdigest()[:40]

    def now(self) -> float:
        """Epoch seconds on the simulator's clock."""
        return self._clock.now().timestamp()

    def issue_code(self, client: str, scope: str, redirect_uri: str) -> str:
        """A single-use authorisation code."""
        life = self._switches.code_life_s
        return self._sign(Ticket("simc", _ident(), _ident(), client, scope, self.now() + life, redirect_uri))

    def issue_tokens(
        self, client: str, scope: str, life_s: float | None = None, grant: str | None = None
    ) -> TokenAnswer:
        """A token answer for a new consent (or the given one); user-level clients get no refresh token."""
        grant = grant or _ident()
        life = self._switches.access_token_life_s if life_s is None else life_s
        if client == USER_CLIENT and life_s is None:
            life = self._switches.user_token_life_s
        answer = self._answer(self._access(client, scope, grant, life), life)
        if client != USER_CLIENT:
            answer["refresh_token"] = self._refresh_token(client, scope, grant)
        return answer

    def redeem_code(self, code: str, client: str, redirect_uri: str | None) -> TokenAnswer | None:
        """Tokens for a code, once; None when it is unknown, spent, late or of another client or redirect."""
        with self._lock:
            ticket = self._read(code, "simc")
            if ticket is None or ticket.ident in self._spent or ticket.client != client:
                return None
            # Most clients repeat the redirect address, one leaves it out and works.
            if self.now() >= ticket.expires or redirect_uri not in (None, ticket.redirect_uri):
                return None
            self._spent.add(ticket.ident)
            return self.issue_tokens(client, ticket.scope, grant=ticket.grant)

    def refresh(self, token: str, client: str) -> TokenAnswer | None:
        """A new access token, and a refresh token as the switch says; None when the refresh token is dead."""
        with self._lock:
            ticket = self._read(token, "simr")
            if ticket is None or ticket.client != client or not self._refresh_alive(ticket):
                return None
            life = self._switches.access_token_life_s
            answer = self._answer(self._access(client, ticket.scope, ticket.grant, life), life)
            mode = self._switches.refresh
            if mode in ("new", "rotate"):
                answer["refresh_token"] = self._refresh_token(client, ticket.scope, ticket.grant)
            elif mode == "same":
                answer["refresh_token"] = token
            if mode == "rotate":
                self._spent.add(ticket.ident)
            elif self._switches.refresh_extends_life:
                self._extended[ticket.ident] = self.now() + self._switches.refresh_token_life_s
            return answer

    def access(self, token: str | None) -> Ticket | None:
        """What an access token that is valid now says; None for any other."""
        ticket = self._read(token, "sima") if token else None
        return ticket if ticket is not None and self._access_left(ticket) > 0 else None

    def seconds_left(self, token: str) -> int:
        """Whole seconds until the access token ends; 0 for an expired, revoked or unknown one."""
        ticket = self._read(token, "sima")
        return 0 if ticket is None else int(self._access_left(ticket))

    def revoke(self, token: str) -> bool:
        """End the consent a token came from, with all its tokens; False for an unknown token."""
        ticket = self._read(token, "sima") or self._read(token, "simr")
        if ticket is None:
            return False
        with self._lock:
            self._dead_grants.add(ticket.grant)
        return True

    def expire_access_tokens(self) -> None:
        """Every access token issued so far is expired from now on; refresh tokens live."""
        with self._lock:
            self._access_epoch.strike()

    def kill_refresh_tokens(self) -> None:
        """Every refresh token issued so far is dead from now on; access tokens live."""
        with self._lock:
            self._refresh_epoch.strike()

    def _access(self, client: str, scope: str, grant: str, life: float) -> str:
        expires = self.now() + life
        token = self._sign(Ticket("sima", _ident(), grant, client, scope, expires))
        # Implicit tokens carry characters that break a client which forgets to percent-encode: always, not by
        # chance.
        while client == USER_CLIENT and not ("+" in token and "/" in token):
            token = self._sign(Ticket("sima", _ident(), grant, client, scope, expires))
        return token

    def _refresh_token(self, client: str, scope: str, grant: str) -> str:
        expires = self.now() + self._switches.refresh_token_life_s
        return self._sign(Ticket("simr", _ident(), grant, client, scope, expires))

    @staticmethod
    def _answer(access: str, life: float) -> TokenAnswer:
        return {"access_token": access, "token_type": "Bearer", "expires_in": int(life)}

    def _access_left(self, ticket: Ticket) -> float:
        with self._lock:
            if ticket.grant in self._dead_grants or self._access_epoch.covers(ticket.ident):
                return 0.0
        return max(0.0, ticket.expires - self.now())

    def _refresh_alive(self, ticket: Ticket) -> bool:
        if ticket.ident in self._spent or ticket.grant in self._dead_grants:
            return False
        expires = self._extended.get(ticket.ident, ticket.expires)
        return not self._refresh_epoch.covers(ticket.ident) and self.now() < expires

    def _sign(self, ticket: Ticket) -> str:
        with self._lock:
            if ticket.kind == "sima":
                self._access_epoch.since.add(ticket.ident)
            elif ticket.kind == "simr":
                self._refresh_epoch.since.add(ticket.ident)
        fields = [
            ticket.ident,
            ticket.grant,
            ticket.client,
            ticket.scope,
            ticket.expires,
            ticket.redirect_uri,
        ]
        payload = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
        return f"{ticket.kind}.{payload}.{self._signature(ticket.kind, payload, ticket.client)}"

    def _signature(self, kind: str, payload: str, client: str) -> str:
        digest = hmac.new(self._key, f"{kind}.{payload}".encode(), hashlib.sha256).digest()
        if client == USER_CLIENT:
            return base64.b64encode(digest).decode()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _read(self, token: str, kind: Kind) -> Ticket | None:
        parts = token.split(".")
        if len(parts) != 3 or parts[0] != kind:
            return None
        try:
            padded = parts[1] + "=" * (-len(parts[1]) % 4)
            fields = cast("list[Any]", json.loads(base64.urlsafe_b64decode(padded)))
            ticket = Ticket(kind, fields[0], fields[1], fields[2], fields[3], float(fields[4]), fields[5])
        except (ValueError, TypeError, IndexError, KeyError):
            return None
        good = self._signature(kind, parts[1], ticket.client)
        return ticket if hmac.compare_digest(good.encode(), parts[2].encode()) else None


def _ident() -> str:
    return secrets.token_hex(8)
