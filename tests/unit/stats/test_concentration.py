import numpy as np
import pytest

from footbeat.stats.concentration import generalised_gini, gini, lorenz_curve


def test_lorenz_curve_puts_the_densest_place_first_when_sizes_differ():
    area, held = lorenz_curve(np.array([4.0, 3.0, 0.0]), np.array([4.0, 1.0, 5.0]))
    assert area.tolist() == [0, 0.1, 0.5, 1.0]
    assert held == pytest.approx([0, 3 / 7, 1, 1])


def test_lorenz_curve_without_incidents_is_the_diagonal():
    area, held = lorenz_curve(np.zeros(4))
    assert held.tolist() == area.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_gini_of_an_even_spread_is_nought():
    assert gini(np.full(7, 3.0)) == pytest.approx(0)
    assert generalised_gini(np.full(7, 3.0)) == pytest.approx(0)


def test_generalised_gini_of_one_incident_a_place_is_nought_however_many_places_are_empty():
    counts = np.zeros(100)
    counts[:8] = 1
    assert generalised_gini(counts) == pytest.approx(0)
    assert gini(counts) == pytest.approx(0.92)


def test_gini_without_incidents_is_not_known():
    assert np.isnan(gini(np.zeros(5)))
    assert np.isnan(generalised_gini(np.array([])))
