"""Finding a unit again is refused without a reason, and logged so that nobody can unsay it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from footbeat.cli.main import run
from footbeat.errors import AccessError, StoreError, TamperedError
from footbeat.tracking.identify import check_receipt, identify_units, log_of, read_uses
from footbeat.tracking.units import load_key, name_unit

AT = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
SIGNS = ("EX41", "EX42", "EX43")


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    path = tmp_path / "vault" / "unit.key"
    load_key(path)
    return path


def ask(key_path: Path, sign: str = "EX42", *, by: str = "Insp", reason: str = "complaint 12"):
    key = load_key(key_path)
    wanted = [name_unit(key, sign), "u-000000000000"]
    return identify_units(key, wanted, SIGNS, by=by, reason=reason, log=log_of(key_path), at=AT)


def test_unit_is_found_and_the_log_says_who_and_why_but_not_whom(key_path: Path) -> None:
    done = ask(key_path)
    assert list(done.found.values()) == ["EX42"]
    assert done.unknown == ("u-000000000000",)
    (use,) = read_uses(log_of(key_path), load_key(key_path))
    assert (use.by, use.reason, use.n_found) == ("Insp", "complaint 12", 1)
    assert "EX4" not in log_of(key_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [{"reason": "  "}, {"by": ""}])
def test_asking_without_a_reason_or_a_name_is_refused_and_finds_nothing(
    key_path: Path, words: dict[str, str]
) -> None:
    with pytest.raises(AccessError, match="must have"):
        ask(key_path, **words)
    assert not log_of(key_path).exists()


def test_any_changed_removed_or_swapped_entry_is_found(key_path: Path) -> None:
    for sign in SIGNS:
        ask(key_path, sign)
    log, key = log_of(key_path), load_key(key_path)
    written = log.read_bytes()
    lines = written.splitlines(keepends=True)
    tampered = [b"".join(lines[1:]), b"".join(lines[::-1]), b"".join([lines[0], *lines])]
    rng = np.random.default_rng(5)
    for _ in range(200):
        at = int(rng.integers(len(written)))
        byte = bytes([written[at] ^ (1 << int(rng.integers(8)))])
        tampered.append(written[:at] + byte + written[at + 1 :])
    for content in tampered:
        log.write_bytes(content)
        with pytest.raises(TamperedError):
            read_uses(log, key)


def test_no_unit_is_found_while_the_log_does_not_hold(key_path: Path) -> None:
    ask(key_path)
    log_of(key_path).write_text("{}\n", encoding="utf-8")
    with pytest.raises(TamperedError, match="as it was written"):
        ask(key_path)


def test_log_made_without_the_key_does_not_hold(key_path: Path, tmp_path: Path) -> None:
    ask(key_path)
    with pytest.raises(TamperedError, match="key is another"):
        read_uses(log_of(key_path), load_key(tmp_path / "other" / "unit.key"))


def test_entries_cut_off_at_the_end_show_by_a_receipt(key_path: Path) -> None:
    ask(key_path)
    receipt = ask(key_path).use.receipt
    log, key = log_of(key_path), load_key(key_path)
    check_receipt(read_uses(log, key), receipt, log)
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(TamperedError, match="none has the receipt"):
        check_receipt(read_uses(log, key), receipt, log)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such bits")
def test_key_and_log_are_for_their_holder_alone(key_path: Path) -> None:
    ask(key_path)
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert log_of(key_path).stat().st_mode & 0o777 == 0o600
    key_path.chmod(0o644)
    with pytest.raises(AccessError, match="open to others"):
        load_key(key_path)


def test_key_that_is_missing_is_not_made_to_find_units(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="It is not there"):
        load_key(tmp_path / "unit.key", is_made=False)
    assert not list(tmp_path.iterdir())


def test_command_finds_logs_and_checks(
    key_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signs = tmp_path / "signs.txt"
    signs.write_text("EX41\nEX42\n\n", encoding="utf-8")
    asked = name_unit(load_key(key_path), "EX41")
    words = ["track", "identify", asked, "--units", str(signs), "--key", str(key_path), "--json"]
    assert run(words) == 12
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "access"
    assert run([*words, "--by", "Insp, duties", "--reason", "misconduct 4/26"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["found"] == {asked: "EX41"}
    check = ["track", "identify", "--check", "--key", str(key_path), "--json"]
    assert run([*check, "--receipt", told["receipt"]]) == 0
    assert json.loads(capsys.readouterr().out)["uses"][0]["reason"] == "misconduct 4/26"
    assert run([*check, "--receipt", "9:0000"]) == 11
