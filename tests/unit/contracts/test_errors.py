"""Every error says the problem, what was found and what to do, and ends with its code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from footbeat import errors
from footbeat.cli.main import run
from footbeat.incidents.sources import load_source
from footbeat.manifest import VERSION

EXIT_CODES = {"usage": 2, "data": 11, "access": 12, "engine": 13, "store": 14}


def _tree(kind: type[errors.FootbeatError]) -> list[type[errors.FootbeatError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _tree(child))]


@pytest.mark.parametrize("kind", _tree(errors.FootbeatError)[1:])
def test_an_error_ends_a_command_with_the_code_of_its_class(kind: type[errors.FootbeatError]):
    assert kind.exit_code == EXIT_CODES[kind.code.split(".")[0]]
    assert kind.__name__ in errors.__doc__


def test_an_error_is_one_json_object():
    error = errors.UsageError("`k` must not exceed `n`.", found="k is 9.", do="Treat 8.")
    assert error.as_json() == {
        "error": {
            "code": "usage",
            "problem": "`k` must not exceed `n`.",
            "found": "k is 9.",
            "do": "Treat 8.",
        }
    }


def test_the_command_alone_shows_its_help(capsys):
    assert run([]) == 0
    assert "Incidents, Target, Task, Track, Trial" in capsys.readouterr().out


def test_the_version_can_be_asked_for(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == VERSION


def test_a_command_that_does_not_exist_ends_with_2_and_no_trace(capsys):
    assert run(["guess", "--json"]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"]["code"] == "usage"
    assert "Traceback" not in printed.err


def test_an_option_that_does_not_fit_says_where_the_right_ones_stand(capsys):
    assert run(["target", "find", "none.parquet", "--bogus", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "No such option: --bogus" in error["problem"]
    assert error["do"].endswith("target find --help`.")


def test_a_file_that_may_not_be_read_is_no_bad_usage(tmp_path, capsys, monkeypatch):
    path = tmp_path / "secret.parquet"
    path.touch()
    may = os.access
    # Whoever runs the tests as root may read everything.
    monkeypatch.setattr(
        os, "access", lambda of, how: may(of, how) and (Path(of), how) != (path, os.R_OK)
    )
    assert run(["incidents", "quality", str(path), "--json"]) == 14
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["problem"] == "`secret.parquet` cannot be read."


def test_a_mapping_that_may_not_be_read_is_not_called_ill_written(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "ours.toml").touch()
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(errors.StoreError) as raised:
        load_source(str(tmp_path / "ours.toml"))
    assert raised.value.found == "The system says: Permission denied."


def test_an_error_of_the_system_is_told_without_a_trace(capsys, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "/somewhere/deep/list.csv")

    monkeypatch.setattr("footbeat.cli.main.app", refuse)
    assert run(["--version"]) == 14
    told = capsys.readouterr().err
    assert "`list.csv` cannot be read or written. The system says: Permission denied." in told
    assert "deep" not in told


def _end(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which $fb is the command."""
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"fb": f"{sys.executable} -m footbeat"} | environment,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
@pytest.mark.parametrize("to", ["/dev/full", "&-"])
@pytest.mark.parametrize("words", ["--version", "guess --json"])
def test_output_that_cannot_be_written_ends_a_command_without_a_trace(words, to):
    ended = _end(f"$fb {words} >{to}")
    assert ended.returncode == (2 if words != "--version" and to != "&-" else 14)
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes of a shell")
def test_a_reader_that_stops_reading_is_no_error():
    ended = _end("$fb --help | true; echo ${PIPESTATUS[0]}")
    assert (ended.stdout.strip(), ended.stderr) == ("0", "")


@pytest.mark.skipif(os.name == "nt", reason="names of files are text on Windows")
def test_a_name_the_character_set_garbles_is_refused():
    ended = _end("$fb incidents quality $'\\xe9.parquet' --json")
    assert ended.returncode == 14
    assert "character set" in json.loads(ended.stdout)["error"]["problem"]
