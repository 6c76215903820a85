"""The command that gives published totals their interval."""

from __future__ import annotations

from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, figure, table
from footbeat.errors import UsageError
from footbeat.reports import words
from footbeat.stats.rates import Counted, e_test, exact_ratio, rate_ratio, wald_ratio


def aggregate(
    *,
    treated: Annotated[str, typer.Option(help="Incidents / place-days, such as 6/720.")],
    control: Annotated[str, typer.Option(help="The same on comparison days: 34/1080.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Give published totals their interval: Wald, exact and E-test.

    Example: footbeat trial aggregate --treated 6/720 --control 34/1080
    """
    first, second = parse_counted(treated), parse_counted(control)
    wald, exact = wald_ratio(first, second), exact_ratio(first, second)
    values = {
        "ratio": rate_ratio(first, second),
        "wald": wald,
        "exact": exact,
        "e_test_p": e_test(first, second),
        "e_test_unpooled_p": e_test(first, second, variance="unpooled"),
    }
    rows = [
        ("Wald", wald.low, wald.high, wald.p),
        ("exact conditional", exact.low, exact.high, exact.p),
        ("E-test, pooled", "", "", values["e_test_p"]),
        ("E-test, unpooled", "", "", values["e_test_unpooled_p"]),
    ]
    counts = (
        f"{first.n:,} incidents on {words.count(first.exposure)} patrol days, "
        f"{second.n:,} on {words.count(second.exposure)} comparison days"
    )
    Reply(as_json, quiet).finish(
        values,
        f"{words.change(rate_ratio(first, second), wald.low, wald.high)}: {counts}",
        table("95 % intervals", ["method", "low", "high", "p"], [_figures(row) for row in rows]),
    )


def parse_counted(text: str) -> Counted:
    """Read ``6/720``.

    Raises
    ------
    UsageError
        When it is not a whole number of incidents over a positive exposure.
    """
    n, _, exposure = text.partition("/")
    try:
        counted = Counted(int(n), float(exposure))
    except ValueError:
        counted = Counted(-1, 0)
    if counted.n < 0 or not 0 < counted.exposure < float("inf"):
        raise UsageError(
            "An arm must be incidents over place-days.",
            found=f"It is “{text}”.",
            do="Give for example --treated 6/720.",
        )
    return counted


def _figures(row: tuple[object, ...]) -> list[str]:
    return [figure(cell) for cell in row]
