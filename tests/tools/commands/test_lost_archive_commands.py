"""What the commands say of an archive that has lost objects, and what `rebuild` refuses."""

from __future__ import annotations

import shutil

import duckdb

from .conftest import Runner


def lose_pages(runner: Runner) -> int:
    """Remove the archived pages; how many there were."""
    pages = list((runner.folder / "data" / "raw").rglob("*-extended-*.json.gz"))
    for page in pages:
        page.unlink()
    return len(pages)


def test_rebuild_refuses_to_end_with_fewer_runs(synced: Runner) -> None:
    """Exit 1, one line with both numbers, nothing replaced; --accept-fewer does it all the same."""
    before = synced.database.read_bytes()
    lose_pages(synced)
    for target in ("new.duckdb", str(synced.database)):
        refused = synced.types("rebuild", "--to", target, "--force")
        assert (1, "", 1) == (refused.code, refused.out, refused.err.strip().count("\n") + 1)
        assert "gives 0 runs, the record has 40" in refused.err
        assert "--accept-fewer" in refused.err
    assert before == synced.database.read_bytes()
    assert not (synced.folder / "new.duckdb").exists()
    accepted = synced.types("rebuild", "--to", "new.duckdb", "--accept-fewer", "--json")
    assert (0, 0) == (accepted.code, accepted.json["rows"]["activities"])


def test_rebuild_measures_itself_by_the_file_that_it_replaces(synced: Runner) -> None:
    """Also where the published record is damaged or gone, which is what a rebuild is for."""
    shutil.copy(synced.database, synced.folder / "copy.duckdb")
    synced.database.write_bytes(b"no database")
    assert 0 == synced.types("rebuild", "--to", "other.duckdb").code
    lose_pages(synced)
    assert 1 == synced.types("rebuild", "--to", "copy.duckdb", "--force").code
    with duckdb.connect(str(synced.folder / "copy.duckdb"), read_only=True) as connection:
        assert (40,) == connection.execute("SELECT count(*) FROM runs").fetchone()
    assert 0 == synced.types("rebuild", "--to", "empty.duckdb").code


def test_status_and_verify_count_what_is_missing(synced: Runner) -> None:
    """Nothing is missing: no word of it. Then the number, and the command that mends it."""
    whole = synced.types("status", "--json").json["archive"]
    assert (0, None, True) == (whole["lost"], whole["error"], whole["objects"] > 0)
    missing = lose_pages(synced)
    assert missing == synced.types("status", "--json").json["archive"]["lost"]
    assert "sync --full" in synced.types("status").out
    verified = synced.types("verify", "--json")
    assert (4, missing) == (verified.code, len(verified.json["archive_objects_lost"]))
    assert "missing" in synced.types("verify").out
    assert 0 == synced.types("sync", "--full").code
    assert 0 == synced.types("status", "--json").json["archive"]["lost"]
    assert [] == synced.types("verify", "--json").json["archive_objects_lost"]
    rebuilt = synced.types("rebuild", "--to", "new.duckdb", "--json")
    assert (0, 40) == (rebuilt.code, rebuilt.json["rows"]["activities"])
