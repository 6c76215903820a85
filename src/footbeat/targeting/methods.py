"""The one registry of targeting methods.

A method is a function of a case and its options that scores every place; nothing else in
Footbeat knows one method from another.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from footbeat.errors import PrecisionError, UsageError
from footbeat.targeting.clusters import (
    DbscanOptions,
    GiStarOptions,
    LocalMoranOptions,
    ScanOptions,
    score_dbscan,
    score_gi_star,
    score_local_moran,
    score_scan,
    settle_scan,
)
from footbeat.targeting.counting import (
    CountOptions,
    ShrunkCountOptions,
    score_count,
    score_shrunk_count,
)
from footbeat.targeting.forecast import ForecastOptions, score_forecast, settle_forecast
from footbeat.targeting.surfaces import (
    DualKdeOptions,
    KdeOptions,
    NetworkKdeOptions,
    score_dual_kde,
    score_kde,
    score_network_kde,
    settle_dual_kde,
    settle_kde,
)
from footbeat.targeting.terrain import (
    RiskTerrainOptions,
    score_risk_terrain,
    settle_risk_terrain,
)
from footbeat.targeting.timed import (
    ProspectiveOptions,
    RecencyOptions,
    SelfExcitingOptions,
    score_prospective,
    score_recency,
    score_self_exciting,
    settle_recency,
    settle_self_exciting,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.case import Case, Scores
    from footbeat.targeting.places import PlaceShape


MODEL_CAUTION = "These rank places by past crime; they do not predict who."


@dataclass(frozen=True, slots=True)
class Method:
    """One way to score places.

    Attributes
    ----------
    name
        Its name on the command line.
    score
        The function.
    options
        Its options, a frozen dataclass whose defaults are those of the method.
    shapes
        The shapes of place it works on.
    meaning
        What the score says, in plain words.
    settle
        Chooses from the data what the options leave open, so that it is chosen once.
    needs_days
        Whether times must be known to the day.
    is_total
        Whether the score grows with the size of the place; judged on equal ground it is taken
        per hectare or metre.
    is_model
        Whether it needs an ethics reference and a win over the count before it may be signed.
    sees_features
        Whether it looks at the features of the ground.
    """

    name: str
    score: Callable[[Case, Any], Scores]
    options: type[Any]
    shapes: frozenset[PlaceShape]
    meaning: str
    settle: Callable[[Case, Any], Any] | None = None
    needs_days: bool = False
    is_total: bool = False
    is_model: bool = False
    sees_features: bool = False


_OF_DRAWS = frozenset({"n_draws", "seed"})


@dataclass(frozen=True, slots=True)
class Scorer:
    """A method with its options."""

    method: Method
    options: Any

    def score(self, case: Case) -> Scores:
        """Score every place of the case."""
        return self.method.score(case, self.options)

    def named(self) -> dict[str, Any]:
        """Return the options by name, without those of draws where p is the normal curve's."""
        options = asdict(self.options)
        if options.get("chance") == "normal":
            options = {name: options[name] for name in options if name not in _OF_DRAWS}
        return options

    def plain(self) -> Scorer:
        """Return the scorer without the draws behind p, which change no score."""
        drawn = {"n_draws": 0, "chance": "normal"}
        held = {each.name for each in fields(self.options)} & set(drawn)
        return replace(self, options=replace(self.options, **{name: drawn[name] for name in held}))

    def settled(self, case: Case) -> Scorer:
        """Return the scorer with what its options left open chosen from the case."""
        if self.method.settle is None:
            return self
        return Scorer(self.method, self.method.settle(case, self.options))


_CELLS: frozenset[PlaceShape] = frozenset({"hex", "square"})
_AREAL: frozenset[PlaceShape] = _CELLS | {"area"}
_ANY: frozenset[PlaceShape] = frozenset({"hex", "square", "area", "street"})

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "count",
            score_count,
            CountOptions,
            _ANY,
            "incidents or harm counted",
            is_total=True,
        ),
        Method(
            "shrunk-count",
            score_shrunk_count,
            ShrunkCountOptions,
            _ANY,
            "incidents or harm counted, drawn towards the places around",
        ),
        Method(
            "recency",
            score_recency,
            RecencyOptions,
            _ANY,
            "incidents or harm counted, the latest for more",
            settle=settle_recency,
            is_total=True,
        ),
        Method(
            "kde",
            score_kde,
            KdeOptions,
            _ANY,
            "density of incidents around the place",
            settle=settle_kde,
        ),
        Method(
            "dual-kde",
            score_dual_kde,
            DualKdeOptions,
            _CELLS,
            "recent density against earlier density",
            settle=settle_dual_kde,
        ),
        Method(
            "network-kde",
            score_network_kde,
            NetworkKdeOptions,
            frozenset({"street"}),
            "density of incidents along the streets around",
        ),
        Method("gi-star", score_gi_star, GiStarOptions, _AREAL, "heat of the neighbourhood"),
        Method(
            "local-moran",
            score_local_moran,
            LocalMoranOptions,
            _AREAL,
            "a hot place among hot ones",
        ),
        Method(
            "dbscan",
            score_dbscan,
            DbscanOptions,
            _AREAL,
            "incidents that belong to a cluster of points",
            is_total=True,
        ),
        Method(
            "scan",
            score_scan,
            ScanOptions,
            _CELLS,
            "more in recent weeks than expected",
            settle=settle_scan,
            needs_days=True,
        ),
        Method(
            "self-exciting",
            score_self_exciting,
            SelfExcitingOptions,
            _CELLS,
            "incidents expected by a self-exciting process",
            settle=settle_self_exciting,
            needs_days=True,
            is_model=True,
        ),
        Method(
            "prospective",
            score_prospective,
            ProspectiveOptions,
            _CELLS,
            "incidents nearby in the last weeks",
            needs_days=True,
            is_model=True,
        ),
        Method(
            "risk-terrain",
            score_risk_terrain,
            RiskTerrainOptions,
            _ANY,
            "incidents that the features of the ground let one expect",
            settle=settle_risk_terrain,
            is_total=True,
            is_model=True,
            sees_features=True,
        ),
        Method(
            "forecast",
            score_forecast,
            ForecastOptions,
            _ANY,
            "incidents expected in the next month from past counts, season and ground",
            settle=settle_forecast,
            is_total=True,
            is_model=True,
            sees_features=True,
        ),
    )
}
DEFAULT_METHOD = "shrunk-count"


def load_scorer(name: str, shape: PlaceShape, options: object | None = None) -> Scorer:
    """Return the method of that name, with its default options where none are given.

    Raises
    ------
    UsageError
        When there is no such method, or it does not work on places of that shape.
    """
    if name not in METHODS:
        raise UsageError(
            "The method must be one Footbeat has.",
            found=f"It is “{name}”.",
            do=f"Choose among {', '.join(METHODS)}.",
        )
    method = METHODS[name]
    if shape not in method.shapes:
        raise UsageError(
            f"`{name}` must have places of the shape {' or '.join(sorted(method.shapes))}.",
            found=f"The shape is {shape}.",
            do="Choose another --shape or --method.",
        )
    return Scorer(method, method.options() if options is None else options)


def check_precision(method: Method, incidents: Incidents) -> None:
    """Refuse a method that needs the day of each incident where only the month is known.

    Raises
    ------
    PrecisionError
        When it does.
    """
    if method.needs_days and incidents.provenance.precision == "month":
        raise PrecisionError(
            f"`{method.name}` must know the day of each incident.",
            found="These data know only the month.",
            do="Use the force's own records, or another --method.",
        )
