"""Holds the record to one Smashrun user: another runner's tokens must not bring that runner's runs into it."""

from __future__ import annotations

from myrunstreak.errors import RateLimited, SourceUnavailable
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.state import Identity


def establish_owner(context: Context, observer: Observer, known: Identity) -> None:
    """Compare the user of the tokens with the owner of database and archive; note the owner where there is none yet.

    Smashrun is asked once for each authorisation. Nothing is archived or applied before this.

    Args:
        known: the user whom Smashrun named at an earlier sync.

    Raises:
        InvalidSettings: database or archive hold the runs of another user.
        SourceUnavailable: the tokens are new, Smashrun does not say whose they are, and the record has an owner.
        Partial: there is no time to ask.
    """
    store, archive = context.store, context.archive
    stored, archived = store.owner(), archive.owner()
    authorisation = context.authorisation()
    observer.hold_to(authorisation)
    present = Owner.of(known.user_id, known.name) if known.authorisation == authorisation else None
    present = present or _ask(context, observer, authorisation, stored or archived)
    if present is None:
        return
    context.outcome.identity = Identity(
        authorisation=authorisation, user_id=present.user_id, name=present.name
    )
    if archived is None and (stored is None or stored.user_id == present.user_id):
        archive.note_owner(present)
        archived = archive.owner()  # another sync may have been first
    if archived is not None:
        archived.require(present, f"The archive {archive.place}")
    store.claim(context.source_name, present)


def _ask(context: Context, observer: Observer, authorisation: str, owner: Owner | None) -> Owner | None:
    """The user of the tokens, as Smashrun says; None where it does not say and no owner has to be protected."""
    observer.check_time()
    why = "its profile carries no id"
    try:
        present = context.source.owner()
    except RateLimited:
        raise
    except SourceUnavailable as error:
        present, why = None, str(error)
    if context.authorisation() != authorisation:
        raise SourceUnavailable(
            "The Smashrun tokens were exchanged while the sync was running; the next one uses the new ones."
        )
    if present is None and owner is not None:
        raise SourceUnavailable(
            f"The Smashrun tokens are new, and Smashrun does not say whose they are ({why}). The record is that of "
            f"{owner}: nothing was read, so that no other runner's runs get into it. The next sync asks again."
        )
    if present is None:
        context.outcome.warn(
            f"Smashrun does not say whose runs these are ({why}): the record has no owner yet, and another "
            "runner's tokens would not be noticed. The next sync asks again."
        )
    return present
