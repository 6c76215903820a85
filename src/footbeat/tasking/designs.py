"""From what a person asks for to a mechanism in the written grammar."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.tasking.mechanisms.daily import split_quota
from footbeat.tasking.mechanisms.grammar import DESIGNS, parse_mechanism, parse_quotas

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_BLOCK = 10


def write_mechanism(
    design: str,
    sizes: Mapping[str, int],
    *,
    treat: str = "",
    share: float | None = None,
    strata: str = "",
    n_days: int = 90,
    n_shifts: int = 1,
) -> str:
    """Return the mechanism that a design, a number and strata ask for, in the written grammar.

    Parameters
    ----------
    design
        The name of a design, or a mechanism already in the grammar, which is returned as it is.
    sizes
        Hot spots in each stratum.
    treat
        Hot spots treated a day: ``8``, or for each stratum ``A:6,B:2``.
    share
        Share of hot spots treated a day, instead of `treat`.
    strata
        Column the strata come from.
    n_days
        Days of the phase; only `rerandomise` asks.
    n_shifts
        Parts of the hot window; only `latin` balances them.

    Raises
    ------
    UsageError
        When neither or both of `treat` and `share` are given, or the design is unknown.

    Examples
    --------
    >>> write_mechanism("daily", {"A": 15, "B": 5}, treat="8", strata="tier")
    'daily:8;strata=tier;k=A:6,B:2'
    """
    if n_shifts > 1 and not design.startswith("latin"):
        raise UsageError(
            "--shifts must go with a latin design.",
            found=f"The design is “{design}”, with {n_shifts} shifts.",
            do="Give --design latin, or leave --shifts out.",
        )
    if ":" in design or "(" in design:
        return str(parse_mechanism(design))
    if bool(treat) == (share is not None):
        raise UsageError(
            "A schedule must be told how many hot spots to patrol a day.",
            found="Both --treat and --share were given." if treat else "Neither was given.",
            do="Give one of them, such as --treat 8 or --share 0.5, or a --preset.",
        )
    if ":" in treat and not strata:
        raise UsageError(
            "--treat must be one number when no strata are named.",
            found=f"It is “{treat}”, and there is no --strata.",
            do="Give --treat 8, or name the column with --strata.",
        )
    quotas = _quotas(sizes, treat, share)
    by_stratum = ",".join(f"{name}:{k}" for name, k in quotas)
    n_treated, n = sum(k for _, k in quotas), sum(sizes.values())
    number = f"{n_treated};strata={strata};k={by_stratum}" if strata else f"{n_treated}"
    if not 0 < n_treated < n or design not in DESIGNS:
        return str(parse_mechanism(f"daily:{number}" if design in DESIGNS else design))
    written = {
        "coin": f"coin:{share if share is not None else n_treated / n:.6g}",
        "blocks": _write_blocks(n_treated, n),
        "runs": _write_runs(n_treated, n),
        "rerandomise": f"rerandomise(daily:{number});place_gap={_place_gap(n_treated, n, n_days)}",
        "constrained": f"constrained(daily:{number})",
        "latin": f"latin:{number}" + (f";shifts={n_shifts}" if n_shifts > 1 else ""),
    }
    return str(parse_mechanism(written.get(design, f"{design}:{number}")))


def _write_blocks(n_treated: int, n: int) -> str:
    share = Fraction(n_treated, n).limit_denominator(_LONGEST_BLOCK)
    return f"blocks:{share.numerator}/{share.denominator};times=1-2"


def _write_runs(n_treated: int, n: int) -> str:
    # Off-runs last 4 days on average, the long ones, one in three, 6: 14/3 together.
    mean_on = n_treated / (n - n_treated) * 14 / 3
    longest = max(1, round(2 * mean_on - 1))
    low, high = n_treated - max(1, n_treated // 4), min(n, n_treated + max(1, n_treated // 4))
    return f"runs:on=1-{longest},off=1-7,min_off=5,every=3,load={low}-{high}"


def _place_gap(n_treated: int, n: int, n_days: int) -> int:
    # About one draw in ten of 20 places has a range of three standard deviations or less.
    share = n_treated / n
    return max(2, round(3.0 * math.sqrt(n_days * share * (1 - share))))


def _quotas(
    sizes: Mapping[str, int], treat: str, share: float | None
) -> tuple[tuple[str, int], ...]:
    if share is not None:
        return tuple((name, int(share * n + 0.5)) for name, n in sizes.items())
    try:
        if ":" in treat:
            return parse_quotas(treat)
        return split_quota(int(treat), dict(sizes))
    except ValueError as error:
        raise UsageError(
            "--treat must be a number, or one number a stratum.",
            found=f"It is “{treat}”.",
            do="Give --treat 8, or --treat A:6,B:2 with --strata.",
        ) from error
