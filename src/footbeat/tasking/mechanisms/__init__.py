"""Mechanisms: how a schedule is drawn, drawn again, and what each place-day's chance was."""

from __future__ import annotations

from footbeat.tasking.mechanisms.base import Mechanism, Roster
from footbeat.tasking.mechanisms.blocks import Blocks
from footbeat.tasking.mechanisms.coin import Coin
from footbeat.tasking.mechanisms.constrained import Constrained
from footbeat.tasking.mechanisms.daily import Daily
from footbeat.tasking.mechanisms.grammar import DESIGNS, parse_mechanism
from footbeat.tasking.mechanisms.latin import Latin
from footbeat.tasking.mechanisms.rerandomise import Rerandomise
from footbeat.tasking.mechanisms.runs import Runs

__all__ = [
    "DESIGNS",
    "Blocks",
    "Coin",
    "Constrained",
    "Daily",
    "Latin",
    "Mechanism",
    "Rerandomise",
    "Roster",
    "Runs",
    "parse_mechanism",
]
