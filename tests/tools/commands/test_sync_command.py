"""`myrunstreak sync`: what it says and how it ends."""

from __future__ import annotations

import signal
import time

import pytest
from myrunstreak.contract.events import SyncResult

from scripts.simulator import Fault

from .conftest import Runner, a_run


def test_a_first_sync_brings_every_run(runner: Runner) -> None:
    """Everything is new, what cannot be stored is said, and the exit code is 0."""
    outcome = runner.types("sync")
    assert 0 == outcome.code
    assert "40 new" in outcome.out
    assert "2 records" in outcome.out
    assert runner.database.exists()


def test_a_second_sync_says_that_there_is_nothing_new(synced: Runner) -> None:
    """Without news the sync is short and says so."""
    outcome = synced.types("sync")
    assert (0, True) == (outcome.code, "nothing new" in outcome.out)


def test_json_is_the_result_and_nothing_else(runner: Runner) -> None:
    """With --json, standard output is the whole result of the sync."""
    result = SyncResult.model_validate(runner.types("sync", "--json").json)
    assert ("complete", 40, 2, 1) == (
        result.status,
        result.runs_new,
        result.runs_quarantined,
        result.details_fetched,
    )


def test_no_progress_is_shown_where_nobody_looks(runner: Runner) -> None:
    """In a pipe, standard error stays empty while all is well, and no output carries control characters."""
    outcome = runner.runs("sync")
    assert (0, "") == (outcome.code, outcome.err)
    assert "\x1b" not in outcome.out


def test_details_can_be_left_for_later(runner: Runner) -> None:
    """--no-details fetches none of them; they wait."""
    result = runner.types("sync", "--no-details", "--json").json
    assert (0, 1) == (result["details_fetched"], result["details_pending"])


def test_since_looks_at_changes_from_a_day_on(synced: Runner) -> None:
    """--since reads again what changed since that day; unchanged runs stay as they are."""
    result = synced.types("sync", "--since", "2020-01-01", "--json").json
    assert (42, 0) == (result["runs_fetched"], result["runs_updated"])


def test_full_walks_the_whole_history(synced: Runner) -> None:
    """--full finds what was changed without a trace in Smashrun's change times."""
    synced.simulator.edit(a_run(39)["activityId"], touch=False, distance=7.5)
    assert 0 == synced.types("sync", "--json").json["runs_updated"]
    assert 1 == synced.types("sync", "--full", "--json").json["runs_updated"]


def test_withheld_deletions_are_done_in_part_until_they_are_accepted(synced: Runner) -> None:
    """If very many runs vanish at once none is marked: exit 4, and --accept-deletes does it."""
    for number in range(20):
        synced.simulator.delete(a_run(number)["activityId"])
    outcome = synced.types("sync")
    assert (4, True) == (outcome.code, "--accept-deletes" in outcome.err)
    result = synced.types("sync", "--accept-deletes", "--json")
    assert (0, 20) == (result.code, result.json["runs_deleted"])


def test_a_limit_in_the_middle_ends_the_sync_in_part(runner: Runner) -> None:
    """When Smashrun asks for a long wait, what was fetched is kept and the exit code is 4."""
    runner.simulator.inject(Fault.rate_limited(3000, path="/my/activities/search/ids"))
    outcome = runner.types("sync")
    assert (4, True) == (outcome.code, "the next sync goes on" in outcome.out)
    assert 0 == runner.types("sync").code


def test_without_tokens_the_exit_code_says_to_authorise(stranger: Runner) -> None:
    """No tokens: one line that names the command, exit 3, nothing on standard output."""
    outcome = stranger.runs("sync")
    assert (3, "", 1) == (outcome.code, outcome.out, outcome.err.strip().count("\n") + 1)
    assert "make auth" in outcome.err


def test_a_failure_is_one_line(runner: Runner) -> None:
    """Smashrun answers uselessly: exit 1 and one line, with --json too."""
    runner.simulator.inject(Fault.status(400, times=None))
    outcome = runner.types("sync", "--json")
    assert (1, "", 1) == (outcome.code, outcome.out, outcome.err.strip().count("\n") + 1)


def test_a_wrong_setting_is_named(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be understood: exit 2, and the line names it and what is accepted."""
    monkeypatch.setenv("DETAIL_REQUESTS_PER_SYNC", "many")
    outcome = runner.types("sync")
    assert (2, True) == (outcome.code, "DETAIL_REQUESTS_PER_SYNC is 'many'" in outcome.err)


@pytest.mark.parametrize(
    "arguments", [["--sideways"], ["--since", "the day before"], ["--since", "2024-13-01"]]
)
def test_wrong_usage_has_its_own_exit_code(runner: Runner, arguments: list[str]) -> None:
    """An option that does not exist or a date that is none: exit 2, and nothing is synced."""
    assert 2 == runner.types("sync", *arguments).code
    assert not runner.database.exists()


def test_ctrl_c_says_that_nothing_is_lost(runner: Runner) -> None:
    """Ctrl-C in mid-sync: one line, exit 130, and the next sync completes the record."""
    runner.simulator.inject(Fault.slow(8, path="/my/activities/search/ids"))
    process = runner.starts("sync")
    deadline = time.monotonic() + 30
    while not runner.simulator.count("/my/activities/search/extended") and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert 130 == process.returncode, err
    assert "Nothing is lost" in err
    assert "Traceback" not in err
    runner.simulator.clear_faults()
    assert "complete" == runner.types("sync", "--json").json["status"]
    assert 40 == runner.types("sql", "SELECT count(*) AS runs FROM runs", "--json").json[0]["runs"]


def asked_for_ids(runner: Runner) -> None:
    """Wait until a sync has come as far as the complete id list."""
    deadline = time.monotonic() + 60
    while not runner.simulator.count("/my/activities/search/ids") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert runner.simulator.count("/my/activities/search/ids")


def test_a_second_sync_at_once_says_who_is_running(runner: Runner) -> None:
    """It ends with exit 1 and one line: process and time; it asks Smashrun nothing, and reading goes on."""
    runner.simulator.inject(Fault.slow(6, path="/my/activities/search/ids"))
    first = runner.starts("sync")
    asked_for_ids(runner)
    second = runner.runs("sync", "--json")
    assert (1, "", 1) == (second.code, second.out, second.err.strip().count("\n") + 1)
    assert "is running since 20" in second.err
    assert "--wait" in second.err
    assert 1 == runner.runs("quarantine", "retry").code
    assert 0 == runner.runs("status").code
    _, err = first.communicate(timeout=60)
    assert 0 == first.returncode, err
    assert 6 > len(runner.simulator.requests)
    assert 0 == runner.runs("sync").code


def test_two_syncs_at_once_keep_to_the_limit_together(runner: Runner) -> None:
    """With --wait the second comes after the first: the history is walked once, and none of them meets a 429."""
    runner.simulator.inject(Fault.slow(3, path="/my/activities/search/ids"))
    first = runner.starts("sync")
    asked_for_ids(runner)
    second = runner.runs("sync", "--wait")
    _, err = first.communicate(timeout=60)
    assert (0, 0) == (first.returncode, second.code), err + second.err
    assert f"(process {first.pid})" in second.err
    assert "nothing new" in second.out
    assert not [request for request in runner.simulator.requests if request.status == 429]
    assert 12 > len(runner.simulator.requests)


def test_a_killed_sync_holds_nobody_back(runner: Runner) -> None:
    """kill -9 gives the lock back; what it had reserved of the hour is counted, not more."""
    runner.simulator.inject(Fault.slow(6, path="/my/activities/search/ids"))
    first = runner.starts("sync")
    asked_for_ids(runner)
    first.kill()
    first.communicate(timeout=30)
    runner.simulator.clear_faults()
    assert "complete" == runner.types("sync", "--json").json["status"]


def test_a_record_of_another_smashrun_is_left_alone(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of one Smashrun is never mixed with another's: exit 2 before anything is asked there."""
    monkeypatch.setenv("SMASHRUN_API_URL", "https://smashrun.invalid/v1")
    before = synced.database.read_bytes()
    for command in (["sync"], ["verify"], ["quarantine", "retry"]):
        assert 2 == synced.types(*command).code
    assert before == synced.database.read_bytes()
