"""Options that several commands of `footbeat target` share, and what they are read into."""

from __future__ import annotations

from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import shapely
import typer

from footbeat.areas import read_polygons
from footbeat.cli.days import day_of
from footbeat.cli.target.tuning import tune
from footbeat.errors import UsageError
from footbeat.grid import Grid
from footbeat.incidents.harm import attach_harm
from footbeat.incidents.harm_files import import_harm
from footbeat.incidents.load import Incidents, load_incidents
from footbeat.periods import WEEKDAYS
from footbeat.streets import Streets
from footbeat.targeting.clusters import (
    DbscanOptions,
    GiStarOptions,
    LocalMoranOptions,
    ScanOptions,
)
from footbeat.targeting.features import Features, read_features
from footbeat.targeting.ground import area_places, street_places
from footbeat.targeting.methods import METHODS
from footbeat.targeting.places import Places, PlaceShape
from footbeat.targeting.surfaces import DualKdeOptions, KdeOptions, NetworkKdeOptions
from footbeat.targeting.weighing import Weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_SEED = 1
NO_LIMIT = 2**40

_WITH_FEATURES = tuple(name for name, method in METHODS.items() if method.sees_features)
_PERMUTED = ("gi-star", "local-moran", "scan")
_WITH_RADIUS = ("kde", "dual-kde", "gi-star", "local-moran", "dbscan", "network-kde", "scan")


def finite(value: float | None) -> float | None:
    """Return a number that is not infinite, which no least value refuses.

    Raises
    ------
    typer.BadParameter
        When it is infinite; typer then names the option.
    """
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"It must be a finite number; it is {value:g}.")
    return value


IncidentsArgument = Annotated[
    Path, typer.Argument(help="Incidents, from `footbeat incidents read`.", metavar="INCIDENTS")
]
ShapeOption = Annotated[PlaceShape, typer.Option(help="Shape of the places.")]
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
    date | None,
    typer.Option(parser=day_of("--since"), metavar="DATE", help="First day that counts."),
]
UntilOption = Annotated[
    date | None,
    typer.Option(parser=day_of("--until"), metavar="DATE", help="Last day that counts."),
]
HoursOption = Annotated[str | None, typer.Option(help="Hours that count, such as 14:00-02:00.")]
WeekdaysOption = Annotated[
    str, typer.Option(help="Operational weekdays that count, such as fri,sat.")
]
AreaOption = Annotated[
    Path | None, typer.Option(help="Polygon of the force: the ground that can be chosen.")
]
AreasOption = Annotated[
    Path | None, typer.Option(help="Polygons to choose among, such as LSOAs; with --shape area.")
]
StreetsOption = Annotated[
    Path | None, typer.Option(help="Street lines: to measure, or to choose with --shape street.")
]
FeaturesOption = Annotated[
    Path | None,
    typer.Option(help="Pubs, shops, stations and the like, each with a `kind`: for models."),
]
HarmTableOption = Annotated[
    Path | None, typer.Option("--harm-table", help="Weights of harm to use instead.")
]
RadiusOption = Annotated[
    float | None,
    typer.Option(
        "--radius-m",
        min=0.1,
        callback=finite,
        help="Neighbours' distance, clusters' radius, or bandwidth.",
    ),
]
PermutationsOption = Annotated[
    int,
    typer.Option("--permutations", min=0, help=f"Draws behind p, for {', '.join(_PERMUTED)}."),
]
ClusterOption = Annotated[
    Literal["dbscan", "hdbscan"],
    typer.Option("--cluster-by", help="How --method dbscan makes clusters."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the simulations behind rank intervals.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Allow more than 5 million cells.")]


def read_places(
    shape: PlaceShape, areas: Path | None, streets: Streets | None, crs: str
) -> Places | None:
    """Return the places of a shape that is no cell, or None for cells.

    Raises
    ------
    UsageError
        When there is no file for the shape.
    """
    if shape == "area" and areas is not None:
        return area_places(read_polygons(areas, crs))
    if shape == "street" and streets is not None:
        return street_places(streets)
    if shape in {"area", "street"}:
        raise UsageError(
            f"Places of the shape {shape} must be given.",
            found=f"There is no --{shape}s.",
            do=f"Pass --{shape}s FILE.",
        )
    if areas is not None:
        raise UsageError(
            "`--areas` must be used with --shape area.",
            found=f"The shape is {shape}.",
            do="Pass --shape area, or --area for the ground that can be chosen.",
        )
    return None


def read_size(shape: PlaceShape, size_m: float | None, size_ha: float | None) -> float | None:
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
    if size_ha is None:
        return size_m
    if shape == "hex" or shape == "square":  # noqa: PLR1714 - narrows the type
        return Grid.of_hectares(shape, size_ha).size_m
    raise UsageError(
        "`--size-ha` must be used with cells.", found=f"The shape is {shape}.", do="Leave it out."
    )


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
            f"`--weekdays` must list some of {', '.join(WEEKDAYS)}.",
            found=f"It is “{text}”.",
            do="Give for example fri,sat.",
        )
    return days


def method_options(
    method: str,
    radius_m: float | None,
    *,
    kde: KdeOptions | None = None,
    permutations: int = 0,
    cluster_by: Literal["dbscan", "hdbscan"] = "dbscan",
    given: Sequence[str] | None = None,
) -> object | None:
    """Return the options of a method that were asked for, or None for its own defaults.

    Raises
    ------
    UsageError
        When one is given that the method does not have.
    """
    _refuse_idle(method, radius_m, kde, permutations, cluster_by)
    chosen: dict[str, object] = {
        "kde": kde or KdeOptions(radius_m),
        "dual-kde": DualKdeOptions(bandwidth_m=radius_m),
        "gi-star": GiStarOptions(radius_m, "permutation", permutations)
        if permutations
        else GiStarOptions(radius_m),
        "local-moran": LocalMoranOptions(radius_m, permutations),
        "dbscan": DbscanOptions(cluster_by, radius_m or DbscanOptions().radius_m),
        "network-kde": NetworkKdeOptions(radius_m or NetworkKdeOptions().bandwidth_m),
        "scan": ScanOptions(
            None if radius_m is None else (0.0, radius_m / 2, radius_m), n_draws=permutations
        ),
    }
    return tune(method, chosen.get(method), given)


def _refuse_idle(
    method: str,
    radius_m: float | None,
    kde: KdeOptions | None,
    permutations: int,
    cluster_by: str,
) -> None:
    """Refuse an option that the method would not look at."""
    is_plain = kde in {None, KdeOptions(radius_m)}
    by_point = method == "dbscan" and cluster_by == "hdbscan"
    idle = (
        ("--permutations", "permutations", bool(permutations), _PERMUTED),
        ("--radius-m", "radius", radius_m is not None and not by_point, _WITH_RADIUS),
        ("--radius-m", "radius with --cluster-by hdbscan", radius_m is not None and by_point, ()),
        ("--measure, --kernel or --exact", "kernel to choose", not is_plain, ("kde",)),
        ("--cluster-by", "clusters of points", cluster_by != "dbscan", ("dbscan",)),
    )
    for option, what, is_given, having in idle:
        if is_given and method not in having:
            others = f", or choose {_either(having)}" if having else ""
            raise UsageError(
                f"`{method}` has no {what}.",
                found=f"{option} was given.",
                do=f"Leave it out{others}.",
            )


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def refuse_beside(option: str, does: str, given: Mapping[str, object]) -> None:
    """Refuse what an option leaves nothing to look at.

    Parameters
    ----------
    option, does
        The option, and what it does, as a sentence.
    given
        Other options, by name; those that are empty or none were not given.

    Raises
    ------
    UsageError
        When one was given.
    """
    for other, value in given.items():
        if value:
            raise UsageError(
                f"`{other}` must have an effect.",
                found=f"It has none with {option}. {does}",
                do=f"Leave {other} or {option} out.",
            )


def refuse_idle_files(
    shape: PlaceShape,
    *,
    method: str = "",
    streets: Path | None = None,
    extent: str | None = None,
    features: Path | None = None,
) -> None:
    """Refuse streets that are no places, cells of a rectangle that are none, and idle features.

    Raises
    ------
    UsageError
        When one is given that nothing would look at.
    """
    on_cells = shape in {"hex", "square"}
    looks = not method or method in _WITH_FEATURES
    for option, is_idle, do in (
        ("--streets", streets is not None and shape != "street", "--shape street"),
        ("--extent", extent is not None and not on_cells, "--shape hex or square"),
        ("--features", features is not None and not looks, " or ".join(_WITH_FEATURES)),
    ):
        if is_idle:
            raise UsageError(
                f"`{option}` must have an effect.",
                found=f"It has none with the shape {shape} and the method {method or 'count'}.",
                do=f"Leave it out, or choose {do}.",
            )


def refuse_idle_words(
    weight: str, transform: str, *, place: str = "", map_page: Path | None = None
) -> None:
    """Refuse a transform of harm that nothing counts, and a place for a map that is not drawn.

    Raises
    ------
    UsageError
        When one is given.
    """
    for option, is_idle, do in (
        ("--transform", weight != "harm" and transform != "raw", "--weight harm"),
        ("--place", bool(place) and map_page is None, "--map"),
    ):
        if is_idle:
            raise UsageError(
                f"`{option}` must have an effect.",
                found=f"It has none without {do}.",
                do=f"Leave it out, or pass {do}.",
            )


def load_weighed(path: Path, harm_table: Path | None) -> Incidents:
    """Return incidents with their own weights of harm, or with all of those of a table."""
    incidents = load_incidents(path)
    if harm_table is None:
        return incidents
    return attach_harm(incidents, import_harm(harm_table), replace_edition=True)


def read_ground(path: Path | None, crs: str) -> Features | None:
    """Return the features of a file in `crs`, or None where none is given."""
    return read_features(path, crs) if path else None


def read_area(path: Path | None, crs: str) -> shapely.Geometry | None:
    """Return the union of a file's polygons in `crs`, mended where they cross themselves."""
    if path is None:
        return None
    return shapely.union_all(shapely.make_valid(read_polygons(path, crs).geometry.to_numpy()))
