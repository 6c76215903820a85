"""From what a person asks for to a mechanism in the written grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.tasking.mechanisms.daily import split_quota
from footbeat.tasking.mechanisms.grammar import parse_mechanism, parse_quotas

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_mechanism(
    design: str,
    sizes: Mapping[str, int],
    *,
    treat: str = "",
    share: float | None = None,
    strata: str = "",
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

    Raises
    ------
    UsageError
        When neither or both of `treat` and `share` are given, or the design is unknown.

    Examples
    --------
    >>> write_mechanism("daily", {"A": 15, "B": 5}, treat="8", strata="tier")
    'daily:8;strata=tier;k=A:6,B:2'
    """
    if ":" in design or "(" in design:
        return str(parse_mechanism(design))
    if bool(treat) == (share is not None):
        raise UsageError(
            "A schedule must be told how many hot spots to patrol a day.",
            found="Both --treat and --share were given." if treat else "Neither was given.",
            do="Give one of them, such as --treat 8 or --share 0.5, or a --preset.",
        )
    quotas = _quotas(sizes, treat, share)
    n_treated, n = sum(k for _, k in quotas), sum(sizes.values())
    if design == "coin":
        return str(parse_mechanism(f"coin:{share if share is not None else n_treated / n:.6g}"))
    by_stratum = ",".join(f"{name}:{k}" for name, k in quotas) if strata else ""
    tail = f";strata={strata};k={by_stratum}" if strata else ""
    return str(parse_mechanism(f"{design}:{n_treated}{tail}"))


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
