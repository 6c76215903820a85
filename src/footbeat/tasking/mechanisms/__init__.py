"""Mechanisms: how a schedule is drawn, drawn again, and what each place-day's chance was."""

from __future__ import annotations

from footbeat.tasking.mechanisms.base import Mechanism, Roster
from footbeat.tasking.mechanisms.coin import Coin
from footbeat.tasking.mechanisms.daily import Daily
from footbeat.tasking.mechanisms.grammar import parse_mechanism

__all__ = ["Coin", "Daily", "Mechanism", "Roster", "parse_mechanism"]
