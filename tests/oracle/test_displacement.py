"""Displacement against wdd.json, wdd_harm.json and wdq.json."""

import json
from pathlib import Path

import numpy as np
import pytest

from footbeat.stats.displacement import Areas, Counts, weigh_difference, weigh_quotient

KEYS = ("control", "treated", "displacement_control", "displacement_treated")


def load(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def one(pair: list[float], weights: tuple[float, float] = (1, 1), harm: float = 1) -> Counts:
    return Counts(*(np.array([value], dtype=float) for value in (*pair, *weights, harm)))


def areas_of(case: dict) -> Areas:
    time, area = case["time_weights"], case["area_weights_c_t_dc_dt"]
    parts = {
        key: one(case[key], (time[0] * size, time[1] * size))
        for key, size in zip(KEYS, area, strict=True)
    }
    return Areas(**parts)


def test_differences_agree_with_the_published_ones(shared_oracles: Path) -> None:
    oracle = load(shared_oracles, "wdd.json")
    for case in oracle["cases"]:
        found = weigh_difference(areas_of(case), level=case["level"])
        values = [found.local, found.local_se, found.displacement, found.displacement_se]
        values += [found.wdd, found.se, found.z, found.low, found.high, found.p]
        names = ["local", "local_se", "displacement", "displacement_se", "total", "total_se", "z"]
        expected = [case[name] for name in names] + [*case["ci"], case["p_two_sided"]]
        assert values == pytest.approx(expected, abs=oracle["tolerance"])


def test_harm_weighs_each_offence(shared_oracles: Path) -> None:
    oracle = load(shared_oracles, "wdd_harm.json")
    arms = {
        arm: Counts(
            *(np.array([crime[arm][i] for crime in oracle["crimes"]], float) for i in (0, 1)),
            *(np.ones(len(oracle["crimes"])) for _ in range(2)),
            np.array([crime["weight"] for crime in oracle["crimes"]], float),
        )
        for arm in ("treated", "control")
    }
    found = weigh_difference(Areas(**arms))
    assert [found.wdd, found.se, found.z, found.low, found.high] == pytest.approx(
        [oracle["total"], oracle["se"], oracle["z"], *oracle["ci95"]], abs=oracle["tolerance"]
    )


def test_quotients_agree_term_by_term(shared_oracles: Path) -> None:
    oracle = load(shared_oracles, "wdq.json")
    for case in oracle["cases"]:
        areas = Areas(one(case["target"]), one(case["control"]), one(case["buffer"]))
        found = weigh_quotient(areas)
        assert [found.wdq, found.success, found.buffer, found.tne] == pytest.approx(
            [case["wdq"], case["success"], case["buffer_measure"], case["total_net_effect"]],
            abs=oracle["tolerance"],
        )
