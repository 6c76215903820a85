"""Options that several commands of `footbeat target` share, and what they are read into."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import shapely
import typer

from footbeat.areas import read_polygons
from footbeat.errors import UsageError
from footbeat.grid import Grid, Shape
from footbeat.periods import WEEKDAYS
from footbeat.targeting.layout import Weight
from footbeat.targeting.methods import METHODS

DEFAULT_SEED = 1
NO_LIMIT = 2**40


def _day(text: str) -> date:
    return date.fromisoformat(text)


IncidentsArgument = Annotated[
    Path, typer.Argument(help="Incidents, from `footbeat incidents read`.", metavar="INCIDENTS")
]
ShapeOption = Annotated[Shape, typer.Option(help="Shape of the cells.")]
SizeOption = Annotated[
    float | None,
    typer.Option("--size-m", help="Size of cells in metres; 250 for hexagons, 150 for squares."),
]
HectaresOption = Annotated[
    float | None, typer.Option("--size-ha", help="Size of cells in hectares, instead of --size-m.")
]
MethodOption = Annotated[str, typer.Option(help=f"One of {', '.join(METHODS)}.")]
WeightOption = Annotated[Weight, typer.Option(help="Rank by incidents or by days of harm.")]
GroupOption = Annotated[str | None, typer.Option(help="Offence group; `all` for every offence.")]
SinceOption = Annotated[
    date | None, typer.Option(parser=_day, metavar="DATE", help="First day that counts.")
]
UntilOption = Annotated[
    date | None, typer.Option(parser=_day, metavar="DATE", help="Last day that counts.")
]
HoursOption = Annotated[str | None, typer.Option(help="Hours that count, such as 14:00-02:00.")]
WeekdaysOption = Annotated[
    str, typer.Option(help="Operational weekdays that count, such as fri,sat.")
]
AreaOption = Annotated[
    Path | None, typer.Option(help="Polygon of the force: the ground that can be chosen.")
]
SeedOption = Annotated[int, typer.Option(help="Seed of the simulations behind rank intervals.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Allow more than 5 million cells.")]


def read_size(shape: Shape, size_m: float | None, size_ha: float | None) -> float | None:
    """Return the size of cells in metres, given in metres or in hectares.

    Raises
    ------
    UsageError
        When it is given in both.
    """
    if size_m is not None and size_ha is not None:
        raise UsageError(
            "The size of cells must be given once.",
            found="Both --size-m and --size-ha were given.",
            do="Leave one out.",
        )
    return Grid.of_hectares(shape, size_ha).size_m if size_ha is not None else size_m


def parse_weekdays(text: str) -> tuple[str, ...]:
    """Return weekdays from a list such as ``fri,sat``.

    Raises
    ------
    UsageError
        When one is not a weekday.
    """
    days = tuple(day.strip().lower()[:3] for day in text.split(",") if day.strip())
    if any(day not in WEEKDAYS for day in days):
        raise UsageError(
            f"`--weekdays` must list some of {', '.join(WEEKDAYS)}.", found=f"It is “{text}”."
        )
    return days


def read_area(path: Path | None, crs: str) -> shapely.Geometry | None:
    """Return the union of a file's polygons in `crs`, mended where they cross themselves."""
    if path is None:
        return None
    return shapely.union_all(shapely.make_valid(read_polygons(path, crs).geometry.to_numpy()))
