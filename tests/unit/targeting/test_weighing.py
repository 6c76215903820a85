"""How much of the harm is known, and what is said and shown of it."""

from dataclasses import replace

import numpy as np
import pytest

from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.weighing import settle_harm


def weighed(incidents_at, n_known, n=100):
    harm = [365.0] * n_known + [np.nan] * (n - n_known)
    return incidents_at([50] * 60 + [550] * 40, [50] * 100, harm_days=harm)


@pytest.mark.parametrize("n_known", [0, 95, 100])
def test_nothing_is_said_where_harm_is_known_of_nearly_all_or_of_none(incidents_at, n_known):
    town = weighed(incidents_at, n_known)
    assert settle_harm(town) is town


def test_a_caution_says_of_how_many_the_harm_is(incidents_at):
    settled = settle_harm(weighed(incidents_at, 94))
    assert settled.provenance.cautions[-1] == (
        "94 of 100 incidents counted have a harm weight: harm shown is of those alone."
    )
    assert np.nansum(settled.numbers("harm_days")) == 94 * 365


@pytest.mark.parametrize("weight", ["count", "harm"])
def test_harm_of_fewer_than_half_is_not_known_on_any_output(incidents_at, weight):
    case = CaseOptions(shape="square", size_m=100, group="all", weight=weight)
    found = find_hotspots(
        weighed(incidents_at, 49),
        FindOptions(case, select=SelectOptions(top=2), n_draws=0),
        rng=np.random.default_rng(1),
    )
    assert found.concentration.harm_share is None
    assert found.hotspots.frame["harm_days"].isna().all()
    assert found.cells["harm_days"].isna().all()
    assert np.isnan(found.incidents.numbers("harm_days")).all()
    told = found.hotspots.provenance.cautions[0 if weight == "harm" else -1]
    assert "Only 49 of 100" in told
    assert "days of harm" not in found.hotspots.frame["why"].iloc[0]


def test_ranking_by_harm_that_few_incidents_have_is_the_first_caution(incidents_at):
    town = weighed(incidents_at, 3)
    known = replace(town.provenance, cautions=("Places are approximate.",))
    settled = settle_harm(replace(town, provenance=known), "harm")
    told = (
        "Only 3 of 100 incidents counted have a harm weight, fewer than half: harm is not known. "
        "The ranking by harm counts the other 97 as none."
    )
    assert settled.provenance.cautions == (told, "Places are approximate.")
