import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.stats.rates import Counted, e_test, exact_ratio, rate_ratio, wald_ratio

counts = st.integers(0, 40)


def test_an_arm_without_incidents_leaves_its_bound_open() -> None:
    exact = exact_ratio(Counted(0, 720), Counted(3, 1080))
    assert exact.low is None
    assert exact.high is not None
    mirrored = exact_ratio(Counted(3, 1080), Counted(0, 720))
    assert mirrored.high is None
    assert mirrored.low == pytest.approx(1 / exact.high)


def test_no_incident_against_three_is_never_significant() -> None:
    exact = exact_ratio(Counted(0, 720), Counted(3, 1080))
    assert exact.p is not None
    assert exact.p > 0.05


def test_no_incident_at_all_says_nothing() -> None:
    nothing = Counted(0, 720)
    assert rate_ratio(nothing, Counted(0, 1080)) is None
    assert wald_ratio(nothing, Counted(0, 1080)).p is None
    assert exact_ratio(nothing, Counted(0, 1080)).p is None
    assert e_test(nothing, Counted(0, 1080)) is None


@given(counts, counts, st.sampled_from([(1.0, 1.0), (720.0, 1080.0), (3.0, 1.0)]))
def test_relabelling_the_arms_turns_every_interval_over(
    n_treated: int, n_control: int, exposures: tuple[float, float]
) -> None:
    one = exact_ratio(Counted(n_treated, exposures[0]), Counted(n_control, exposures[1]))
    other = exact_ratio(Counted(n_control, exposures[1]), Counted(n_treated, exposures[0]))
    assert one.p == pytest.approx(other.p)
    assert (one.low is None) == (other.high is None)
    if one.low is not None and other.high is not None:
        assert one.low == pytest.approx(1 / other.high)


@given(counts, counts)
def test_the_e_test_does_not_mind_the_unit_of_exposure(n_treated: int, n_control: int) -> None:
    days = e_test(Counted(n_treated, 720.0), Counted(n_control, 1080.0))
    years = e_test(Counted(n_treated, 2.0), Counted(n_control, 3.0))
    assert days == pytest.approx(years)


def test_large_counts_are_summed_in_pieces_and_agree_with_the_normal_p() -> None:
    treated, control = Counted(60_000, 1.0), Counted(60_900, 1.0)
    wald = wald_ratio(treated, control)
    assert e_test(treated, control) == pytest.approx(wald.p, rel=0.01)
