"""Files are written whole or not at all, and never over another without leave."""

import json

import pytest

from footbeat.errors import StoreError, UsageError
from footbeat.manifest import (
    Manifest,
    canonical_json,
    hash_file,
    hash_files,
    load_manifest,
    save_manifest,
)
from footbeat.outputs import check_suffix, writing, writing_folder


class StopHereError(Exception):
    """Stands for anything that can go wrong half-way."""


def _write_and_fail(draft) -> None:
    draft.write_text("new but not finished", encoding="utf-8")
    raise StopHereError


def _left_over(folder) -> list[str]:
    return sorted(child.name for child in folder.iterdir())


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "list.csv"
    with writing(target) as draft:
        draft.write_text("half", encoding="utf-8")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "half"
    assert _left_over(tmp_path) == ["list.csv"]


def test_a_failure_leaves_the_old_file_and_no_scraps(tmp_path):
    target = tmp_path / "list.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(StopHereError), writing(target, overwrite=True) as draft:
        _write_and_fail(draft)
    assert target.read_text(encoding="utf-8") == "old"
    assert _left_over(tmp_path) == ["list.csv"]


def test_a_file_is_not_replaced_without_leave(tmp_path):
    target = tmp_path / "list.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(StoreError, match="must not exist yet") as raised, writing(target):
        pytest.fail("the block must not run")
    assert "--overwrite" in raised.value.do


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with (
        pytest.raises(StoreError, match=r"folder of `list\.csv` must exist"),
        writing(tmp_path / "nowhere" / "list.csv"),
    ):
        pytest.fail("the block must not run")


def test_a_folder_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "trial"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(StopHereError), writing_folder(target, overwrite=True) as draft:
        _write_and_fail(draft / "new")
    assert _left_over(target) == ["old"]
    with writing_folder(target, overwrite=True) as draft:
        (draft / "new").touch()
    assert _left_over(target) == ["new"]
    assert _left_over(tmp_path) == ["trial"]


def test_an_output_of_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.gpkg, \.geojson"):
        check_suffix(tmp_path / "list.doc", (".gpkg", ".geojson"))
    assert check_suffix(tmp_path / "LIST.GPKG", (".gpkg",)) == ".gpkg"


def test_a_manifest_stands_beside_its_output_and_reads_back(tmp_path):
    source, output = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_bytes(b"abc")
    output.write_bytes(b"")
    run = Manifest("incidents read", {"crs": None}, hash_files([source]), hash_files([output]))
    path = save_manifest(run, output)
    assert path.name == "out.parquet.manifest.json"
    content = load_manifest(output)
    # SHA-256 of "abc", FIPS 180-2 appendix B.1.
    assert content["inputs"][0]["sha256"].startswith("ba7816bf8f01cfea414140de5dae2223")
    assert content["parameters"] == {"crs": None}
    assert content["version"]


def test_hashing_a_folder_takes_every_file_in_order_of_path(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert [item.name for item in hash_files([tmp_path])] == ["a", "b"]
    assert hash_file(tmp_path / "a").n_bytes == 1


def test_canonical_json_does_not_depend_on_the_order_of_keys():
    assert canonical_json({"b": [1.5], "a": "é"}) == canonical_json({"a": "é", "b": [1.5]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})
    assert json.loads(canonical_json({"a": None})) == {"a": None}
