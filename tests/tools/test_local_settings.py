"""Settings of the command line: environment, `.env`, defaults for one machine."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings

from scripts.local_settings import load_club, load_settings, settings_sources
from scripts.places import Places, checkout
from tests.stage.paths import ROOT
from tests.stage.slips import edits


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(tmp_path: Path) -> Places:
    """A user whose command is installed, and whose settings and data have not been written yet."""
    return Places(tmp_path / "home" / "config" / "config.env", tmp_path / "home" / "share", None)


def write(file: Path, text: str) -> Path:
    """A file with a text, and its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_with_a_local_database_the_secrets_lie_beside_it(folder: Path) -> None:
    """Without a word from the environment or `.env`, a checkout has everything in the working folder."""
    settings = load_settings({})
    assert settings.duckdb_path == f"{folder}/data/runs.duckdb"
    assert settings.tokens_secret == f"file:{folder}/data/tokens.json"
    assert settings.sync_state_secret == f"file:{folder}/data/sync-state.json"


def test_they_follow_the_database() -> None:
    """Wherever it is put."""
    settings = load_settings({"DUCKDB_PATH": "/srv/run/my.duckdb"})
    assert settings.tokens_secret == "file:/srv/run/tokens.json"
    assert settings.sync_state_secret == "file:/srv/run/sync-state.json"


def test_with_a_database_on_s3_they_are_in_secrets_manager() -> None:
    """The defaults of a deployment."""
    settings = load_settings({"DUCKDB_PATH": "s3://bucket/runs.duckdb"})
    assert settings.tokens_secret == "myrunstreak/smashrun/tokens"
    assert settings.sync_state_secret == "myrunstreak/sync-state"


def test_what_is_said_is_kept(folder: Path) -> None:
    """Each of the two by itself."""
    settings = load_settings({"TOKENS_SECRET": "my/tokens"})
    assert settings.tokens_secret == "my/tokens"
    assert settings.sync_state_secret == f"file:{folder}/data/sync-state.json"


def test_the_environment_has_the_last_word(folder: Path) -> None:
    """An empty variable says nothing; secrets with a dollar sign stay as they are."""
    (folder / ".env").write_text(
        "SMASHRUN_CLIENT_ID=from-file\nLOG_LEVEL=DEBUG\nSMASHRUN_CLIENT_SECRET='a$HOME${X}b'\n"
    )
    settings = load_settings({"LOG_LEVEL": "ERROR", "SMASHRUN_CLIENT_ID": "", "X": "1"})
    assert (settings.smashrun_client_id, settings.log_level) == ("from-file", "ERROR")
    assert settings.smashrun_client_secret is not None
    assert settings.smashrun_client_secret.get_secret_value() == "a$HOME${X}b"


def test_from_a_folder_below_the_same_files_are_meant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of `.env`, and defaults, start from the folder of `.env`; those of the environment do not."""
    (folder / ".env").write_text(
        "RAW_ARCHIVE=archive/\nSYNC_STATE_SECRET=file:state.json\nAPI_KEYS=file:keys.json\n"
        "NOTIFY_URLS=file:channels.json\n"
    )
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    settings = load_settings({})
    assert settings.database == folder / "data" / "runs.duckdb"
    assert settings.archive == folder / "archive"
    assert settings.sync_state_secret == f"file:{folder}/state.json"
    assert settings.tokens_secret == f"file:{folder}/data/tokens.json"
    assert settings.api_keys == f"file:{folder}/keys.json"
    assert settings.notify_urls == f"file:{folder}/channels.json"
    assert load_settings({"API_KEYS": "/a/parameter"}).api_keys == "/a/parameter"
    assert load_settings({"DUCKDB_PATH": "here.duckdb"}).database == below / "here.duckdb"


def test_a_file_that_was_named_has_to_be_there(folder: Path) -> None:
    """One line with the next step."""
    with pytest.raises(InvalidSettings, match=r"\.env\.example"):
        load_settings({}, folder / "other.env")
    (folder / "other.env").write_text("LOG_LEVEL=DEBUG\n")
    assert load_settings({}, folder / "other.env").log_level == "DEBUG"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(Settings.variables())), edit=edits, before=st.integers(0, 3))
def test_a_misspelt_name_in_dotenv_is_refused_with_its_line(
    name: str, edit: Callable[[str], str], before: int
) -> None:
    """`STREAK_MIN_DISTNCE=mile` must not change a streak in silence; the value is not told."""
    slip = edit(name)
    if slip in Settings.variables() or slip.startswith("AWS_"):
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ".env"
        file.write_text("# a comment\n\n" * before + f"{slip}=hidden-thing\n")
        with pytest.raises(InvalidSettings) as caught:
            load_settings({}, file)
    message = str(caught.value)
    assert f".env, line {2 * before + 1}: {slip} is no setting" in message
    assert f"Did you mean {name}?" in message
    assert "hidden-thing" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("FOO=1", "FOO is no setting of this program. Correct or remove it"),
        ("STREAK_MIN_DISTANCE: mile", "line 2: this cannot be understood"),
        ("STREAK_MIN_DISTANCE", "line 2: STREAK_MIN_DISTANCE has no value"),
        ("streak_min_distance=mile", "Did you mean STREAK_MIN_DISTANCE?"),
        ("aws_region=eu-west-1", "Did you mean AWS_REGION?"),
    ],
)
def test_a_line_of_dotenv_that_sets_nothing_is_refused(line: str, said: str, folder: Path) -> None:
    """Whatever the reason why it would be passed over."""
    (folder / ".env").write_text(f"UNITS=mi\n{line}\n")
    with pytest.raises(InvalidSettings) as caught:
        load_settings({})
    assert said in str(caught.value)


def test_what_other_tools_keep_in_dotenv_is_left_to_them(folder: Path) -> None:
    """AWS's, Pulumi's, proxies; empty values, exports, comments and several lines as ever."""
    (folder / ".env").write_text(
        "AWS_PROFILE=runner\nPULUMI_ACCESS_TOKEN=x\nhttps_proxy=http://p\nSMASHRUN_CLIENT_ID=\n"
        "export UNITS=mi # miles\nSMASHRUN_CLIENT_SECRET='a\nb'\n"
    )
    assert "mi" == load_settings({}).units


@pytest.mark.parametrize("name", ["STREAK_MIN_DISTNCE", "STREAK_GOAL", "SMASHRUN_TOKEN", "DUCKDB_PAHT"])
def test_a_variable_that_was_surely_meant_for_us_is_refused(name: str) -> None:
    """With our prefix, or nearly one of our names; the value is not told."""
    with pytest.raises(InvalidSettings, match=f"^{name} in the environment is no setting") as caught:
        load_settings({name: "hidden-thing"})
    assert "hidden-thing" not in str(caught.value)
    assert load_settings({name: " "})


# Variables of Lambda's runtime, of CI runners and of other programs.
OTHERS = """
_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME
AWS_LAMBDA_LOG_FORMAT AWS_LAMBDA_LOG_LEVEL AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR LANG LD_LIBRARY_PATH NODE_PATH PATH PYTHONPATH TZ
AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS AWS_LAMBDA_DOTNET_PREJIT AWS_LAMBDA_METADATA_API
RUNNER_OS RUNNER_ARCH RUNNER_NAME RUNNER_TEMP RUNNER_TOOL_CACHE RUNNER_WORKSPACE RUNNER_ENVIRONMENT RUNNER_DEBUG
RUNNER_TRACKING_ID RUNNER_USER GITHUB_TOKEN CI HOME SHELL TERM LOGNAME API_KEY API_TOKEN LOGLEVEL LOG_LEVELS UNIT
DUCKDB_HISTFILE DUCKDB_NO_THREADS POWERTOOLS_SERVICE_NAME POWERTOOLS_LOG_LEVEL DATABASE_URL SECRET_KEY STREAMLIT_PORT
"""


def test_the_variables_of_others_are_left_to_them() -> None:
    """Lambda's, a CI runner's, a shell's: none stops a command."""
    assert load_settings(dict.fromkeys(OTHERS.split(), "x"))


def test_a_value_that_cannot_be_understood_is_named() -> None:
    """As everywhere else."""
    with pytest.raises(InvalidSettings, match="DUCKDB_PATH"):
        load_settings({"DUCKDB_PATH": "ftp://x/y"})


def test_the_folder_is_that_of_dotenv(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From every folder below; without a `.env` it is the working directory."""
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert (None, below) == ((sources := settings_sources({})).file, sources.folder)
    file = write(folder / ".env", "UNITS=mi\n")
    assert (file, folder) == ((sources := settings_sources({})).file, sources.folder)


def test_each_setting_has_its_origin(folder: Path) -> None:
    """The environment where it says something else than the file; what neither says is a default."""
    file = write(folder / ".env", "UNITS='mi'\nLOG_LEVEL=DEBUG\n")
    sources = settings_sources(
        {"UNITS": "mi", "LOG_LEVEL": "ERROR", "DIGEST": "true", "REMIND_AT": " ", "X": "1"}
    )
    assert ["DIGEST", "LOG_LEVEL"] == sources.outside_file
    assert str(file) == sources.origins["UNITS"]
    assert "default" == sources.origins["REMIND_AT"]
    assert Settings.variables() == sources.origins.keys()


def test_an_installed_command_has_its_data_in_the_users_folder(installed: Places) -> None:
    """Before anything is set, from any folder: database, archive, page, tokens and state in one place."""
    settings, home = load_settings({}, places=installed), installed.data_folder
    assert (home / "runs.duckdb", home / "raw", home / "page") == (
        settings.database,
        settings.archive,
        settings.page,
    )
    assert (f"file:{home}/tokens.json", f"file:{home}/sync-state.json") == (
        settings.tokens_secret,
        settings.sync_state_secret,
    )
    assert installed.config_file == settings_sources({}, places=installed).writable_file


@pytest.mark.parametrize("from_checkout", [False, True])
def test_config_env_holds_in_every_folder_without_dotenv(installed: Places, from_checkout: bool) -> None:
    """Its relative paths, and what it leaves out, are in the data folder: for a checkout's command the same."""
    places = dataclasses.replace(installed, checkout=Path("/checkout") if from_checkout else None)
    file = write(installed.config_file, "UNITS=mi\nRAW_ARCHIVE=archive\nNOTIFY_URLS=file:~/channels.json\n")
    settings, sources = load_settings({}, places=places), settings_sources({}, places=places)
    assert (file, installed.data_folder) == (sources.file, sources.folder)
    assert ("mi", installed.data_folder / "archive") == (settings.units, settings.archive)
    assert installed.data_folder / "runs.duckdb" == settings.database
    assert f"file:{Path.home()}/channels.json" == settings.notify_urls
    assert str(file) == sources.origins["UNITS"]


def test_one_file_is_used_and_whole(folder: Path, installed: Places) -> None:
    """With a `.env` nothing of config.env holds: else one runner's tokens could meet the database of another."""
    write(installed.config_file, "DUCKDB_PATH=/srv/other.duckdb\nUNITS=mi\n")
    write(folder / ".env", "WEEK_START=sunday\n")
    settings = load_settings({}, places=installed)
    assert ("km", "sunday", folder / "data" / "runs.duckdb") == (
        settings.units,
        settings.week_start,
        settings.database,
    )


@pytest.mark.parametrize(
    "theirs",
    ["", "# nothing yet\n", "DATABASE_URL=x\nSECRET_KEY=y\n", "LOG_LEVEL=debug\nAPI_KEYS=a\nFOO=1\n"],
)
def test_the_dotenv_of_another_project_is_passed_over(
    theirs: str, folder: Path, installed: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has none of our names, or only those that every program uses: the next above holds, else config.env."""
    config = write(installed.config_file, "UNITS=mi\n")
    other = write(folder / "project" / ".env", theirs)
    monkeypatch.chdir(other.parent)
    sources = settings_sources({}, places=installed)
    assert (config, (other,)) == (sources.file, sources.passed_over)
    assert load_settings({}, places=installed).units == "mi"
    ours = write(folder / ".env", "LOG_LEVEL=DEBUG\nAWS_PROFILE=me\n")
    assert ours == settings_sources({}, places=installed).file


@pytest.mark.parametrize("line", ["STREAK_MIN_DISTNCE=mile", "SMASHRUN_CLEINT_ID=x", "duckdb_path=x"])
def test_a_dotenv_with_a_slip_of_ours_is_not_another_projects(line: str, folder: Path) -> None:
    """It is refused as before, even where it is alone among names of others."""
    write(folder / ".env", f"DATABASE_URL=x\nSECRET_KEY=y\n{line}\n")
    with pytest.raises(InvalidSettings, match="is no setting of this program"):
        load_settings({})


def test_a_secret_in_config_env_is_the_owners_alone(installed: Places) -> None:
    """As in a `.env`."""
    file = write(installed.config_file, "SMASHRUN_CLIENT_SECRET=x\n")
    file.chmod(0o644)
    load_settings({}, places=installed)
    assert 0o600 == file.stat().st_mode & 0o777


def test_the_places_follow_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG's variables lead; these tests run from a checkout."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    places = Places.of_this_machine()
    assert tmp_path / "c" / "myrunstreak" / "config.env" == places.config_file
    assert tmp_path / "d" / "myrunstreak" == places.data_folder
    assert ROOT == places.checkout == checkout()


def test_the_addresses_of_channels_are_the_owners_alone(folder: Path) -> None:
    """They hold passwords, as the tokens do."""
    channels = folder / "channels.json"
    channels.write_text("{}")
    channels.chmod(0o644)
    load_settings({"NOTIFY_URLS": f"file:{channels}"})
    assert 0o600 == channels.stat().st_mode & 0o777


def test_a_file_may_set_a_club_and_its_folder_begins_beside_it(folder: Path) -> None:
    """In every folder below, as the database does; a slip in a club's name is refused with its line."""
    write(folder / ".env", "CLUB=./our club\nCLUB_MIN_DISTANCE=mile\n")
    below = folder / "below"
    below.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        club = load_club({})
        assert (f"{folder}/our club", 1.609344) == (club.club, pytest.approx(club.minimum_km, abs=1e-4))
        assert f"{folder}/data/runs.duckdb" == load_settings({}).duckdb_path
        assert "s3://bucket/" == load_club({"CLUB": "s3://bucket/"}).club
    write(folder / ".env", "CLUB=./our club\nCLUB_SECRET=/x\n")
    for load in (load_club, load_settings):
        with pytest.raises(InvalidSettings, match=r"line 2: CLUB_SECRET .* Did you mean CLUB_SECRETS"):
            load({})


def test_without_a_word_a_club_lies_where_the_data_does(folder: Path, installed: Places) -> None:
    """In a checkout's folder, or in the user's own."""
    assert f"{folder}/data/club" == load_club({}).club
    assert str(installed.data_folder / "club") == load_club({}, places=installed).club


def test_a_file_of_another_program_may_have_a_club(folder: Path) -> None:
    """The name alone does not make it ours."""
    write(folder / ".env", "CLUB=golf\nHANDICAP=12\n")
    assert [folder / ".env"] == list(settings_sources({}).passed_over)
    assert f"{folder}/data/club" == load_club({}).club
