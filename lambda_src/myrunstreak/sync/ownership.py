"""Holds the record to one Smashrun user: tokens of another user must not bring another runner's runs into it."""

from __future__ import annotations

from collections.abc import Callable

from myrunstreak.errors import RateLimited, SourceUnavailable
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import Outcome
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.ports import Archive, Source, Store
from myrunstreak.sync.state import Identity


class Ownership:
    """The comparison of one sync, before it applies or archives anything.

    Args:
        authorised: which consent the tokens in use come from.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        archive: Archive,
        observer: Observer,
        outcome: Outcome,
        authorised: Callable[[], str],
    ) -> None:
        self._source = source
        self._store = store
        self._archive = archive
        self._observer = observer
        self._outcome = outcome
        self._authorised = authorised

    def establish(self, source_name: str, known: Identity) -> None:
        """Compare the user of the tokens with the owner of database and archive, and note whom none names yet.

        Smashrun is asked once for each authorisation; tokens of the same one cost no request.

        Args:
            known: whom Smashrun named at an earlier sync.

        Raises:
            InvalidSettings: database or archive hold the runs of another user.
            SourceUnavailable: the tokens are new, Smashrun does not say whose they are, and the record has an owner.
            CutShort: there is no time to ask.
        """
        stored, archived = self._store.owner(), self._archive.owner()
        authorisation = self._authorised()
        self._observer.hold_to(authorisation)
        present = Owner.of(known.user_id, known.name) if known.authorisation == authorisation else None
        present = present or self._ask(authorisation, stored or archived)
        if present is None:
            return
        self._outcome.identity = Identity(
            authorisation=authorisation, user_id=present.user_id, name=present.name
        )
        if archived is None and (stored is None or stored.user_id == present.user_id):
            self._archive.note_owner(present)
            archived = self._archive.owner()  # another sync may have been first
        if archived is not None:
            archived.require(present, f"The archive {self._archive.place}")
        self._store.claim(source_name, present)

    def _ask(self, authorisation: str, owner: Owner | None) -> Owner | None:
        """Whom Smashrun says that the tokens belong to; None where it does not, and there is no owner to protect."""
        self._observer.check_time()
        why = "its profile carries no id"
        try:
            present = self._source.owner()
        except RateLimited:
            raise
        except SourceUnavailable as error:
            present, why = None, str(error)
        if self._authorised() != authorisation:
            raise SourceUnavailable(
                "The Smashrun tokens were exchanged while the sync was running; the next one uses the new ones."
            )
        if present is None and owner is not None:
            raise SourceUnavailable(
                f"The Smashrun tokens are new, and Smashrun does not say whose they are ({why}). The record is that of "
                f"{owner}: nothing was read, so that no other runner's runs get into it. The next sync asks again."
            )
        if present is None:
            self._outcome.warn(
                f"Smashrun does not say whose runs these are ({why}): the record has no owner yet, and another "
                "runner's tokens would not be noticed. The next sync asks again."
            )
        return present
