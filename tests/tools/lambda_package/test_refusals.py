"""What the build refuses, each with one message that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.build_lambda import main
from scripts.lambda_package.archive import MB, check_sizes
from scripts.lambda_package.contents import add_bytecode, check_machines
from scripts.lambda_package.target import PackageError, Target
from scripts.lambda_package.wheels import check_tags, install, without_runtime_packages

ARM = Target.parse("arm64", "3.12")
AARCH64, X86_64 = 183, 62


def elf(machine: int, order: str = "little") -> bytes:
    """The first bytes of a shared object."""
    marks = b"\x7fELF\x02" + (b"\x01" if order == "little" else b"\x02")
    return marks + bytes(10) + (3).to_bytes(2, order) + machine.to_bytes(2, order) + bytes(44)  # type: ignore[arg-type]


def test_a_shared_object_for_another_processor_is_refused(tmp_path: Path) -> None:
    """It would only fail at the first invocation."""
    (tmp_path / "good.so").write_bytes(elf(AARCH64))
    assert 1 == check_machines(tmp_path, ARM)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "libother.so.1").write_bytes(elf(X86_64))
    with pytest.raises(PackageError, match=r"deep/libother\.so\.1 .*ELF machine 62; arm64 is 183.*--arch"):
        check_machines(tmp_path, ARM)


@pytest.mark.parametrize("content", [b"", b"\xcf\xfa\xed\xfe" + bytes(40), b"MZ" + bytes(40)])
def test_a_shared_object_of_another_system_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file, macOS's format, Windows's."""
    (tmp_path / "module.so").write_bytes(content)
    with pytest.raises(PackageError, match=r"module\.so is no shared object for Linux"):
        check_machines(tmp_path, ARM)


def test_a_big_endian_object_is_refused(tmp_path: Path) -> None:
    """The number is read in the file's own byte order."""
    (tmp_path / "module.so").write_bytes(elf(X86_64, "big"))
    with pytest.raises(PackageError, match="ELF machine 62"):
        check_machines(tmp_path, ARM)


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py2-none-any", False),
        ("cp312-cp312-manylinux_2_28_aarch64", True),
        ("cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp39-abi3-manylinux_2_28_aarch64", True),
        ("cp313-abi3-manylinux_2_28_aarch64", False),
        ("cp311-cp311-manylinux_2_28_aarch64", False),
        ("cp312-cp312t-manylinux_2_28_aarch64", False),
        ("cp312-cp312-manylinux_2_28_x86_64", False),
        ("cp312-cp312-manylinux_2_38_aarch64", False),
        ("cp312-cp312-musllinux_1_2_aarch64", False),
        ("cp312-cp312-macosx_11_0_arm64", False),
        ("cp312-cp312-linux_aarch64", False),
        ("nonsense", False),
    ],
)
def test_a_wheels_tag_tells_whether_it_runs_on_the_function(tag: str, fits: bool) -> None:
    """By Python, interface and platform, each as PEP 425 and PEP 600 spell them."""
    assert fits is ARM.accepts_tag(tag)


def test_a_wheel_for_another_python_is_refused_by_name(tmp_path: Path) -> None:
    """Read from the wheel's own notes, not from its file name."""
    info = tmp_path / "duckdb-1.5.5.dist-info"
    info.mkdir()
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64\n")
    with pytest.raises(PackageError, match=r"duckdb-1\.5\.5 is a wheel for cp311.*python3\.12 on arm64"):
        check_tags(tmp_path, ARM)


@pytest.mark.parametrize(
    ("zipped", "unzipped", "said"),
    [
        (51 * MB, 60 * MB, r"zip has 51\.0 MB, more than 50 MB"),
        (29 * MB, 251 * MB, r"unzipped package has 251\.0 MB, more than 250 MB"),
        (34 * MB, 60 * MB, r"zip has 34\.0 MB, more than 33 MB \(this project's own goal"),
    ],
)
def test_a_package_that_grew_too_large_is_refused(zipped: int, unzipped: int, said: str) -> None:
    """With the limit, whose it is, and what to do."""
    with pytest.raises(PackageError, match=said):
        check_sizes(zipped, unzipped)


def test_a_package_within_the_limits_passes() -> None:
    """The limits themselves are allowed."""
    check_sizes(30 * MB, 250 * MB)


@pytest.mark.parametrize(
    "arguments", [["--arch", "mips"], ["--python", "3.9"], ["--python", "2.7"], ["--python", "x"]]
)
def test_an_unknown_target_is_one_line_and_exit_1(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said before anything is fetched."""
    assert 1 == main([*arguments, "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert 1 == said.count("\n")
    assert "accepted:" in said


def test_a_wrong_hash_stops_the_build(tmp_path: Path) -> None:
    """What is installed is what was locked."""
    listed = tmp_path / "requirements.txt"
    listed.write_text("annotated-types==0.8.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(PackageError, match="no fitting wheels"):
        install(listed, tmp_path / "package", ARM)


def test_a_source_that_does_not_compile_stops_the_build(tmp_path: Path) -> None:
    """It would not run either."""
    import sys

    (tmp_path / "broken.py").write_text("def (:\n")
    here = Target.parse("arm64", f"3.{sys.version_info.minor}")
    with pytest.raises(PackageError, match="cannot compile"):
        add_bytecode(tmp_path, here)


def test_a_python_that_the_machine_lacks_means_sources_only(tmp_path: Path) -> None:
    """The package still works; it starts more slowly, and the build says so."""
    (tmp_path / "module.py").write_text("x = 1\n")
    assert add_bytecode(tmp_path, Target.parse("arm64", "3.99")) is None
    assert ["module.py"] == [path.name for path in tmp_path.rglob("*")]


def test_the_lake_writers_package_may_be_too_large_to_upload_directly() -> None:
    """It goes through S3; unzipped the same limit holds, and it has a goal of its own."""
    check_sizes(60 * MB, 200 * MB, "lake")
    with pytest.raises(PackageError, match=r"zip has 60\.0 MB, more than 50 MB"):
        check_sizes(60 * MB, 200 * MB)
    with pytest.raises(PackageError, match=r"zip has 66\.0 MB, more than 65 MB"):
        check_sizes(66 * MB, 200 * MB, "lake")
    with pytest.raises(PackageError, match=r"unzipped package has 251\.0 MB, more than 250 MB"):
        check_sizes(60 * MB, 251 * MB, "lake")


def test_packages_of_the_runtime_are_left_out_whole() -> None:
    """A name, its hashes and its comments; names are compared as pip does."""
    text = (
        "annotated-types==0.8.0 \\\n    --hash=sha256:aa\n    # via pydantic\n"
        "Python_DateUtil==2.9 \\\n    --hash=sha256:bb\n    # via botocore\n"
        "six==1.17.0 ; python_version < '4' \\\n    --hash=sha256:cc\n"
        "urllib3==2.8.0 \\\n    --hash=sha256:dd\n"
    )
    kept, dropped = without_runtime_packages(text)
    assert ["python-dateutil", "six"] == dropped
    assert "annotated-types==0.8.0 \\\n    --hash=sha256:aa\n    # via pydantic\nurllib3==2.8.0 \\\n" in kept
    assert "bb" not in kept
