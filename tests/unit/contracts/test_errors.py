"""Every error says the problem, what was found and what to do, and ends with its code."""

import json

import pytest

from footbeat import errors
from footbeat.cli.main import run
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
