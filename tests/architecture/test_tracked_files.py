"""What must not stand in any file of the repository."""

from __future__ import annotations

import re

import pytest

# Written in halves, so that this file does not hold what it looks for.
FOLDERS = ("/" + "work/", "/" + "root/", "/" + "home/", "/" + "tmp/", "C:" + "\\Users\\")
HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry." + "npmjs.org",
    "deb." + "debian.org",
    "proxy." + "golang.org",
    "crates" + ".io",
)
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "lorem" + " ipsum")))
CONFLICT = re.compile("^(<{7} |={7}$|>{7} )", re.MULTILINE)


def holding(texts: dict[str, str], wanted: tuple[str, ...]) -> dict[str, list[str]]:
    found = {name: [word for word in wanted if word in text] for name, text in texts.items()}
    return {name: words for name, words in found.items() if words}


def test_no_file_holds_a_path_of_one_machine(tracked_texts: dict[str, str]) -> None:
    assert holding(tracked_texts, FOLDERS) == {}


def test_no_file_names_a_registry(tracked_texts: dict[str, str]) -> None:
    assert holding(tracked_texts, HOSTS) == {}


@pytest.mark.parametrize("pattern", [UNFINISHED, CONFLICT], ids=["unfinished", "conflict"])
def test_no_file_is_left_unfinished(
    tracked_texts: dict[str, str], pattern: re.Pattern[str]
) -> None:
    assert [name for name, text in tracked_texts.items() if pattern.search(text)] == []


def test_locks_hold_a_hash_for_every_package(tracked_texts: dict[str, str]) -> None:
    locks = {n: t for n, t in tracked_texts.items() if re.fullmatch(r"requirements/\w+\.txt", n)}
    assert set(locks) >= {f"requirements/{name}.txt" for name in ("core", "dev", "docs", "spark")}
    for name, text in locks.items():
        packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        bare = [p.split()[0] for p in packages if "--hash=sha256:" not in p]
        assert bare == [], name
