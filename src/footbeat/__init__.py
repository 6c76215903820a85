"""Hot spot policing in one loop: Incidents, Target, Task, Track, Trial, Programme.

``import footbeat as fb`` gives the verbs of the loop, data first: read incidents, find hot
spots, draw a schedule, match visits, estimate the effect. A name is loaded when it is first
used, so that importing Footbeat costs nothing.

Examples
--------
>>> import footbeat as fb
>>> fb.Window.parse("14:00-22:00").minutes
480
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from footbeat.manifest import VERSION

if TYPE_CHECKING:
    from footbeat.areas import Hotspots, read_hotspots, read_polygons
    from footbeat.errors import FootbeatError
    from footbeat.grid import Grid
    from footbeat.incidents.counts import count_by_cell, select_incidents, weigh_by_hour
    from footbeat.incidents.harm import HarmTable, attach_harm
    from footbeat.incidents.harm_files import import_harm
    from footbeat.incidents.join import Joined, join_incidents
    from footbeat.incidents.load import Incidents, load_incidents, save_incidents
    from footbeat.incidents.lsoas import match_areas, place_in_areas
    from footbeat.incidents.plan import ReadOptions
    from footbeat.incidents.propose import Proposal, propose_mapping
    from footbeat.incidents.quality import Quality, measure_quality
    from footbeat.incidents.read import Rejects, read_incidents
    from footbeat.periods import Window
    from footbeat.reports.briefing import Briefing, brief_day, write_briefing_pdf
    from footbeat.reports.maps import render_map_page
    from footbeat.reports.trial import render_trial_html
    from footbeat.simulate.town import Town, TownOptions, draw_town
    from footbeat.stats.aoristic import Aoristic
    from footbeat.stats.power import minimum_detectable_reduction
    from footbeat.streets import Streets, read_streets
    from footbeat.tables import Provenance
    from footbeat.targeting.backtest import Backtest, BacktestOptions, backtest
    from footbeat.targeting.compare import Comparison, compare_lists
    from footbeat.targeting.decided import Decided, read_decided
    from footbeat.targeting.features import Features, read_features
    from footbeat.targeting.find import FindOptions, find_hotspots
    from footbeat.targeting.found import Concentration, Found
    from footbeat.targeting.held import Held, does_list_hold
    from footbeat.targeting.layout import CaseOptions
    from footbeat.targeting.near_repeat import NearRepeat, NearRepeatOptions, measure_near_repeat
    from footbeat.targeting.persistence import PersistenceOptions, Persistent, measure_persistence
    from footbeat.targeting.save import save_found
    from footbeat.targeting.score import ScoreTable, score_places
    from footbeat.targeting.spread import Spread, measure_spread
    from footbeat.tasking.commitment import Verification, verify_schedule
    from footbeat.tasking.mechanisms import Mechanism, Roster, parse_mechanism
    from footbeat.tasking.options import ScheduleOptions
    from footbeat.tasking.rota import Rota, plan_rota
    from footbeat.tasking.rota_options import RotaOptions
    from footbeat.tasking.schedule import Schedule, draw_schedule, load_schedule, save_schedule
    from footbeat.tasking.walks import Walk, WalkOptions, find_walks
    from footbeat.tasking.windows import VisitPlan
    from footbeat.tracking.dosage import measure_dosage
    from footbeat.tracking.fidelity import Fidelity, measure_fidelity
    from footbeat.tracking.keyed import Log, read_log
    from footbeat.tracking.options import VisitOptions
    from footbeat.tracking.pings import PingOptions, read_pings
    from footbeat.tracking.visits import Visits, load_visits, match_visits, save_visits
    from footbeat.trials.building import PlacedayOptions, build_placedays
    from footbeat.trials.effect import estimate_effect
    from footbeat.trials.placedays import Placedays, load_placedays, save_placedays
    from footbeat.trials.power import PowerCurve, PowerOptions, power_curve
    from footbeat.trials.results import Effect, Estimate

__all__ = [
    "Aoristic",
    "Backtest",
    "BacktestOptions",
    "Briefing",
    "CaseOptions",
    "Comparison",
    "Concentration",
    "Decided",
    "Effect",
    "Estimate",
    "Features",
    "Fidelity",
    "FindOptions",
    "FootbeatError",
    "Found",
    "Grid",
    "HarmTable",
    "Held",
    "Hotspots",
    "Incidents",
    "Joined",
    "Log",
    "Mechanism",
    "NearRepeat",
    "NearRepeatOptions",
    "PersistenceOptions",
    "Persistent",
    "PingOptions",
    "PlacedayOptions",
    "Placedays",
    "PowerCurve",
    "PowerOptions",
    "Proposal",
    "Provenance",
    "Quality",
    "ReadOptions",
    "Rejects",
    "Roster",
    "Rota",
    "RotaOptions",
    "Schedule",
    "ScheduleOptions",
    "ScoreTable",
    "Spread",
    "Streets",
    "Town",
    "TownOptions",
    "Verification",
    "VisitOptions",
    "VisitPlan",
    "Visits",
    "Walk",
    "WalkOptions",
    "Window",
    "__version__",
    "attach_harm",
    "backtest",
    "brief_day",
    "build_placedays",
    "compare_lists",
    "count_by_cell",
    "does_list_hold",
    "draw_schedule",
    "draw_town",
    "estimate_effect",
    "find_hotspots",
    "find_walks",
    "import_harm",
    "join_incidents",
    "load_incidents",
    "load_placedays",
    "load_schedule",
    "load_visits",
    "match_areas",
    "match_visits",
    "measure_dosage",
    "measure_fidelity",
    "measure_near_repeat",
    "measure_persistence",
    "measure_quality",
    "measure_spread",
    "minimum_detectable_reduction",
    "parse_mechanism",
    "place_in_areas",
    "plan_rota",
    "power_curve",
    "propose_mapping",
    "read_decided",
    "read_features",
    "read_hotspots",
    "read_incidents",
    "read_log",
    "read_pings",
    "read_polygons",
    "read_streets",
    "render_map_page",
    "render_trial_html",
    "save_found",
    "save_incidents",
    "save_placedays",
    "save_schedule",
    "save_visits",
    "score_places",
    "select_incidents",
    "verify_schedule",
    "weigh_by_hour",
    "write_briefing_pdf",
]

__version__ = VERSION

_HOMES = {
    "footbeat.areas": (
        "Hotspots",
        "read_hotspots",
        "read_polygons",
    ),
    "footbeat.errors": ("FootbeatError",),
    "footbeat.grid": ("Grid",),
    "footbeat.incidents.counts": (
        "count_by_cell",
        "select_incidents",
        "weigh_by_hour",
    ),
    "footbeat.incidents.harm": (
        "HarmTable",
        "attach_harm",
    ),
    "footbeat.incidents.harm_files": ("import_harm",),
    "footbeat.incidents.join": (
        "Joined",
        "join_incidents",
    ),
    "footbeat.incidents.load": (
        "Incidents",
        "load_incidents",
        "save_incidents",
    ),
    "footbeat.incidents.lsoas": (
        "match_areas",
        "place_in_areas",
    ),
    "footbeat.incidents.plan": ("ReadOptions",),
    "footbeat.incidents.propose": (
        "Proposal",
        "propose_mapping",
    ),
    "footbeat.incidents.quality": (
        "Quality",
        "measure_quality",
    ),
    "footbeat.incidents.read": (
        "Rejects",
        "read_incidents",
    ),
    "footbeat.periods": ("Window",),
    "footbeat.reports.briefing": (
        "Briefing",
        "brief_day",
        "write_briefing_pdf",
    ),
    "footbeat.reports.maps": ("render_map_page",),
    "footbeat.reports.trial": ("render_trial_html",),
    "footbeat.simulate.town": (
        "Town",
        "TownOptions",
        "draw_town",
    ),
    "footbeat.stats.aoristic": ("Aoristic",),
    "footbeat.stats.power": ("minimum_detectable_reduction",),
    "footbeat.streets": (
        "Streets",
        "read_streets",
    ),
    "footbeat.tables": ("Provenance",),
    "footbeat.targeting.backtest": (
        "Backtest",
        "BacktestOptions",
        "backtest",
    ),
    "footbeat.targeting.compare": (
        "Comparison",
        "compare_lists",
    ),
    "footbeat.targeting.decided": (
        "Decided",
        "read_decided",
    ),
    "footbeat.targeting.features": (
        "Features",
        "read_features",
    ),
    "footbeat.targeting.find": (
        "FindOptions",
        "find_hotspots",
    ),
    "footbeat.targeting.found": (
        "Concentration",
        "Found",
    ),
    "footbeat.targeting.held": (
        "Held",
        "does_list_hold",
    ),
    "footbeat.targeting.layout": ("CaseOptions",),
    "footbeat.targeting.near_repeat": (
        "NearRepeat",
        "NearRepeatOptions",
        "measure_near_repeat",
    ),
    "footbeat.targeting.persistence": (
        "PersistenceOptions",
        "Persistent",
        "measure_persistence",
    ),
    "footbeat.targeting.save": ("save_found",),
    "footbeat.targeting.score": (
        "ScoreTable",
        "score_places",
    ),
    "footbeat.targeting.spread": (
        "Spread",
        "measure_spread",
    ),
    "footbeat.tasking.commitment": (
        "Verification",
        "verify_schedule",
    ),
    "footbeat.tasking.mechanisms": (
        "Mechanism",
        "Roster",
        "parse_mechanism",
    ),
    "footbeat.tasking.options": ("ScheduleOptions",),
    "footbeat.tasking.rota": (
        "Rota",
        "plan_rota",
    ),
    "footbeat.tasking.rota_options": ("RotaOptions",),
    "footbeat.tasking.schedule": (
        "Schedule",
        "draw_schedule",
        "load_schedule",
        "save_schedule",
    ),
    "footbeat.tasking.walks": (
        "Walk",
        "WalkOptions",
        "find_walks",
    ),
    "footbeat.tasking.windows": ("VisitPlan",),
    "footbeat.tracking.dosage": ("measure_dosage",),
    "footbeat.tracking.fidelity": (
        "Fidelity",
        "measure_fidelity",
    ),
    "footbeat.tracking.keyed": (
        "Log",
        "read_log",
    ),
    "footbeat.tracking.options": ("VisitOptions",),
    "footbeat.tracking.pings": (
        "PingOptions",
        "read_pings",
    ),
    "footbeat.tracking.visits": (
        "Visits",
        "load_visits",
        "match_visits",
        "save_visits",
    ),
    "footbeat.trials.building": (
        "PlacedayOptions",
        "build_placedays",
    ),
    "footbeat.trials.effect": ("estimate_effect",),
    "footbeat.trials.placedays": (
        "Placedays",
        "load_placedays",
        "save_placedays",
    ),
    "footbeat.trials.power": (
        "PowerCurve",
        "PowerOptions",
        "power_curve",
    ),
    "footbeat.trials.results": (
        "Effect",
        "Estimate",
    ),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    message = f"module 'footbeat' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return list(__all__)
