"""What is fixed before a schedule is drawn, and its written form."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from footbeat.errors import UsageError
from footbeat.periods import WEEKDAYS, Window, day_range, load_zone
from footbeat.tasking.doses import Dose, write_doses
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.tasking.windows import VisitPlan

if TYPE_CHECKING:
    from collections.abc import Mapping

FROM_SYSTEM, CHOSEN = "operating system", "chosen"


@dataclass(frozen=True, slots=True)
class ScheduleOptions:
    """What is fixed before the draw.

    Attributes
    ----------
    start
        First operational day.
    n_days
        Calendar days the phase spans.
    mechanism
        The mechanism in the written grammar.
    visits
        When visits are due and how long they last.
    weekdays
        Days of the week with patrols, such as ``("fri", "sat")``; empty means every day.
    skip
        Days left out, such as Christmas Day.
    timezone
        Local time zone.
    apart_m
        Distance between boundaries below which two places count as near.
    strata
        Stratum of each hot spot by identifier; empty means one stratum.
    phase
        1 for a first phase.
    previous
        Commitment of the phase before, empty for a first phase.
    plan_hash
        SHA-256 of the analysis plan, empty where none was fixed.
    seed_source
        ``operating system``, or ``chosen`` where a person gave the seed.

    Raises
    ------
    UsageError
        When there is no day to draw, or a weekday or time zone is unknown.
    """

    start: date
    n_days: int
    mechanism: str
    visits: VisitPlan
    weekdays: tuple[str, ...] = ()
    skip: tuple[date, ...] = ()
    timezone: str = "Europe/London"
    apart_m: float = 500.0
    strata: Mapping[str, str] = field(default_factory=dict)
    phase: int = 1
    previous: str = ""
    plan_hash: str = ""
    seed_source: str = FROM_SYSTEM

    def __post_init__(self) -> None:
        load_zone(self.timezone)
        unknown = sorted(set(self.weekdays) - set(WEEKDAYS))
        if unknown or self.n_days < 1 or not self.days:
            raise UsageError(
                "A schedule must hold at least one day, on weekdays named mon to sun.",
                found=f"It spans {self.n_days} days; unknown: {', '.join(unknown) or 'none'}.",
                do="Give for example --days 90 --weekdays fri,sat.",
            )

    @property
    def days(self) -> tuple[date, ...]:
        """The operational days on which a draw is made."""
        wanted = {WEEKDAYS.index(name) for name in self.weekdays} or set(range(len(WEEKDAYS)))
        span = day_range(self.start, self.n_days)
        return tuple(day for day in span if day.weekday() in wanted and day not in self.skip)

    @property
    def terms(self) -> str:
        """The mechanism in the written grammar, with the doses of strata where they differ."""
        return f"{parse_mechanism(self.mechanism)}{write_doses(self.visits.doses)}"

    def as_json(self) -> dict[str, Any]:
        """Return the options as plain values."""
        content = {item.name: getattr(self, item.name) for item in fields(self)}
        visits = asdict(self.visits)
        return content | {
            "start": self.start.isoformat(),
            "skip": [day.isoformat() for day in self.skip],
            "weekdays": list(self.weekdays),
            "strata": dict(self.strata),
            "visits": visits | {"hot": str(self.visits.hot)},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`as_json`."""
        visits = dict(content["visits"])
        doses = {name: Dose(**dose) for name, dose in visits.get("doses", {}).items()}
        changed = {
            "start": date.fromisoformat(content["start"]),
            "skip": tuple(date.fromisoformat(day) for day in content["skip"]),
            "weekdays": tuple(content["weekdays"]),
            "visits": VisitPlan(**(visits | {"hot": Window.parse(visits["hot"]), "doses": doses})),
        }
        return cls(**(dict(content) | changed))
