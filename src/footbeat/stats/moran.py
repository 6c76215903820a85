"""Moran's I, of a whole surface and of each place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from footbeat.stats.gistar import count_permuted

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moran:
    """Moran's I of a surface, and what it would be without structure.

    Attributes
    ----------
    value, expected
        I, and −1/(n − 1).
    variance_normal, variance_random
        Its variance were the values normal, and were they dealt at random.
    """

    value: float
    expected: float
    variance_normal: float
    variance_random: float

    @property
    def z_normal(self) -> float:
        """Standard score under normal values."""
        return (self.value - self.expected) / float(np.sqrt(self.variance_normal))

    @property
    def z_random(self) -> float:
        """Standard score under values dealt at random."""
        return (self.value - self.expected) / float(np.sqrt(self.variance_random))


def moran(values: FloatArray, neighbours: csr_array) -> Moran:
    """Measure how alike neighbouring places are.

    Parameters
    ----------
    values
        One value a place, shape (n,), not all equal.
    neighbours
        Weights, symmetric or not, 0 on the diagonal, shape (n, n).

    References
    ----------
    Cliff, A. D. and Ord, J. K. (1981). Spatial Processes, pp. 42–46.
    """
    n, z = values.size, values - values.mean()
    s0 = neighbours.sum()
    both = neighbours + neighbours.T
    s1 = (both.multiply(both)).sum() / 2
    sums = np.asarray(neighbours.sum(axis=0)).ravel() + np.asarray(neighbours.sum(axis=1)).ravel()
    s2 = np.square(sums).sum()
    m2 = np.square(z).sum() / n
    kurtosis = (z**4).sum() / n / m2**2
    expected = -1 / (n - 1)
    normal = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - expected**2
    random = (
        n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        - kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    ) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return Moran(float(z @ (neighbours @ z) / (s0 * m2)), expected, float(normal), float(random))


def local_moran(values: FloatArray, neighbours: csr_array) -> FloatArray:
    """Return Iᵢ = (zᵢ/m₂) Σⱼ wᵢⱼ zⱼ: high where a place and its neighbours are alike.

    It is as high for a cold place among cold ones as for a hot one among hot: look at the sign
    of the place's own deviation. A constant surface gives 0 throughout.

    References
    ----------
    Anselin, L. (1995). Geographical Analysis 27(2), 93–115.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> chain = csr_array(np.eye(3, k=1) + np.eye(3, k=-1))
    >>> local_moran(np.array([0.0, 0.0, 3.0]), chain).tolist()
    [0.5, -0.5, -1.0]
    """
    z = values - values.mean()
    m2 = np.square(z).sum() / max(values.size, 1)
    if m2 == 0:
        return np.zeros(values.size)
    return np.asarray(z / m2 * (neighbours @ z), dtype=np.float64)


def moran_quadrants(values: FloatArray, neighbours: csr_array) -> NDArray[np.str_]:
    """Say of each place, then of its neighbours together, whether they lie above the mean.

    A deviation of 0 counts as low; a place without neighbours has low ones.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> chain = csr_array(np.eye(3, k=1) + np.eye(3, k=-1))
    >>> moran_quadrants(np.array([0.0, 0.0, 3.0]), chain).tolist()
    ['low-low', 'low-high', 'high-low']
    """
    z = values - values.mean()
    own, near = np.where(z > 0, "high-", "low-"), np.where(neighbours @ z > 0, "high", "low")
    return np.char.add(own, near)


def permute_local_moran(
    values: FloatArray, neighbours: csr_array, *, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return how often chance makes each Iᵢ so extreme, the place's own value held.

    The other places are dealt anew around it, and the smaller of the two tails counts: of many
    alike about a place like them as of few alike about one unlike them. So a cold place among
    cold ones and a hot one among cold ones have small p too (read them with
    :func:`moran_quadrants`), and without structure a tenth of all places have p ≤ 0.05. A draw
    equal to what was observed counts in both tails: where nearly every place is empty, an empty
    place among empty ones is no cluster.

    Parameters
    ----------
    values, neighbours
        As :func:`local_moran`, weights 0 and 1, 0 on the diagonal.
    n_draws, rng
        Permutations R, and their source of chance.

    Returns
    -------
    FloatArray
        (1 + draws in the smaller tail) / (1 + R), shape (n,); 1 where Iᵢ is 0 however the rest
        is dealt: a place at the mean, or without neighbours.

    References
    ----------
    Anselin, L. (1995). Geographical Analysis 27(2), 93–115, section 3.
    """
    sizes, others = np.diff(neighbours.indptr), neighbours @ values
    high, low = count_permuted(values, sizes, others, n_draws=n_draws, rng=rng)
    # Above the mean Iᵢ rises with the sum around the place, below it falls: the tails change
    # places, and the smaller one stays.
    tail = np.where(_at_mean(values), n_draws, np.minimum(high, low))
    return np.asarray((1 + tail) / (1 + n_draws), dtype=np.float64)


def _at_mean(values: FloatArray) -> NDArray[np.bool_]:
    least = 1e-12 * max(1.0, float(np.abs(values).max(initial=0.0)))
    return np.asarray(np.abs(values - values.mean()) <= least)
