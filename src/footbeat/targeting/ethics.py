"""Who may steer patrols by a model: only what beats the count, and was looked at first.

A model ranks places by past crime and says so; it may be back-tested by anybody. A list drawn
from it is given out only with an ethics reference and a back-test in which it beat the count.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.errors import AccessError, StoreError
from footbeat.manifest import hash_file, load_manifest, manifest_path
from footbeat.stats.accuracy import adjust_by_holm
from footbeat.targeting.judged import describe_judged, tell_apart
from footbeat.targeting.league import BASELINE, FEWEST_PERIODS, LEVEL
from footbeat.targeting.methods import METHODS, MODEL_CAUTION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footbeat.areas import Hotspots
    from footbeat.targeting.layout import Layout

METHOD, REFERENCE = "method", "ethics_ref"
# Figures are printed in full; beyond this they were written by hand.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to draw a list from a model.

    Attributes
    ----------
    method
        The model.
    reference
        Where its ethical review is filed.
    shown
        What its back-test showed, as a sentence.
    judged_on
        The incidents, places and options that were judged (see `describe_judged`).
    name
        The file the back-test was kept in.
    """

    method: str
    reference: str
    shown: str
    judged_on: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def caution(self) -> str:
        """What every output of the list repeats."""
        return f"{MODEL_CAUTION} Ethics reference: {self.reference}. {self.shown}"


def grant_leave(method: str, reference: str, judged: Mapping[str, Any], name: str) -> Leave:
    """Return leave to draw a list from a model, on an ethics reference and a back-test.

    Parameters
    ----------
    method, reference
        The model, and where its review is filed.
    judged, name
        What `footbeat target backtest --json` printed, and the file it was kept in.

    Raises
    ------
    AccessError
        When there is no reference, or the back-test does not show that it beats the count.
    """
    if not reference.strip():
        raise _no_leave(method, "No ethics reference was entered.")
    rows = {row.get("method"): row for row in judged.get("methods", ()) if isinstance(row, dict)}
    mine, count = rows.get(method), rows.get(BASELINE)
    if not mine or not count or not mine.get("scored"):
        raise _no_leave(method, f"`{name}` does not judge it beside the count.")
    if mine.get("beats_count") is not True:
        raise _no_leave(method, f"In `{name}` it does not beat the count.")
    doubt = _doubt(judged, mine, count)
    if doubt:
        raise _no_leave(method, f"`{name}` says that it beats the count, but {doubt}.")
    held, theirs = (f"{100 * row['hit_rate']:.1f} %" for row in (mine, count))
    shown = f"In its back-test ({name}) it held {held} against {theirs} of the count."
    judged_on = judged.get("judged_on")
    if not isinstance(judged_on, dict):
        raise _no_leave(method, f"`{name}` does not say what it judged.")
    return Leave(method, reference.strip(), f"{shown}{_scope(judged_on)}", judged_on, name)


def _doubt(
    judged: Mapping[str, Any], mine: Mapping[str, Any], count: Mapping[str, Any]
) -> str | None:
    """Return why the win does not follow from the file's own figures, or None where it does."""
    rivals = [row for row in judged["methods"] if isinstance(row.get("p"), float | int)]
    figures = [
        row.get(key)
        for row, keys in (
            (mine, ("hit_rate", "hits", "difference", "p", "p_adjusted")),
            (count, ("hit_rate", "hits")),
        )
        for key in keys
    ]
    if len(judged.get("folds", ())) < FEWEST_PERIODS:
        return f"it was judged over fewer than {FEWEST_PERIODS} periods"
    known = [float(figure) for figure in figures if isinstance(figure, float | int)]
    if len(known) < len(figures):
        return "its hits, rates or p are not there"
    rate, hits, difference, _, p_adjusted, other_rate, other_hits = known
    adjusted = adjust_by_holm(np.array([row["p"] for row in rivals], dtype=np.float64))
    holm = float(adjusted[[row is mine for row in rivals]][0])
    if abs(holm - p_adjusted) > _ROUNDING:
        return f"its p adjusted is {p_adjusted:g}, and by Holm from the file's own p {holm:g}"
    if not (holm < LEVEL and difference > 0):
        return f"its p adjusted is {holm:g} and its difference {difference:g}"
    rates = (abs(rate - other_rate - difference), abs(hits * other_rate - other_hits * rate))
    if rates[0] > _ROUNDING or rates[1] > _ROUNDING * max(hits, 1.0):
        return "its hits, rates and difference contradict each other"
    return None


def _scope(judged_on: Mapping[str, Any]) -> str:
    """Return on how many places and which days a back-test was, as a sentence."""
    if not {"top", "horizon_days", "period"} <= judged_on.keys():
        return ""
    first, last = judged_on["period"]
    return (
        f" It judged {judged_on['top']} places, {judged_on['horizon_days']} days at a time, on "
        f"incidents from {first} to {last}."
    )


def require_same(leave: Leave | None, layout: Layout, options: object | None) -> None:
    """Refuse a model's list from other incidents, places or options than were judged.

    Raises
    ------
    AccessError
        When any of them differs; the error says which.
    """
    if leave is None:
        return
    here = describe_judged(layout, {leave.method: options})
    differing = tell_apart(leave.judged_on, here, leave.method)
    if differing:
        raise _no_leave(
            leave.method, f"`{leave.name}` judged other than this: {'; '.join(differing)}."
        )


def require_leave(method: str, leave: Leave | None) -> None:
    """Refuse a list from a model without leave.

    Raises
    ------
    AccessError
        When the method is a model, and there is no leave for it.
    """
    if not METHODS[method].is_model:
        return
    if leave is None:
        raise _no_leave(method, "Neither an ethics reference nor a back-test was given.")
    if leave.method != method:
        raise _no_leave(method, f"The leave given is for {leave.method}.")


def require_leave_of_list(hotspots: Hotspots) -> None:
    """Refuse to word for signature a list that a model drew without leave.

    Raises
    ------
    AccessError
        When its file says it was, whoever wrote it.
    """
    known = hotspots.provenance.extra
    method = str(known.get(METHOD, ""))
    if method in METHODS and METHODS[method].is_model and not known.get(REFERENCE):
        raise _no_leave(method, "The list's file names no ethics reference.")


def read_backtest(path: Path) -> Mapping[str, Any]:
    """Read what `footbeat target backtest --json` printed.

    Raises
    ------
    StoreError
        When the file is not such an object, or is no longer what its manifest says was written.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if not isinstance(content, dict) or not isinstance(content.get("methods"), list):
        raise _unreadable(path)
    _check_manifest(path)
    return content


def _check_manifest(path: Path) -> None:
    """Refuse a file that was changed after it was written, where a manifest stands beside it."""
    if not manifest_path(path).exists():
        return
    try:
        written = {each["sha256"] for each in load_manifest(path)["outputs"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(manifest_path(path)) from error
    if hash_file(path).sha256 not in written:
        raise StoreError(
            f"`{path.name}` must be as it was written.",
            found="Its hash is not the one in its manifest.",
            do="Run the back-test again.",
        )


def _no_leave(method: str, found: str) -> AccessError:
    return AccessError(
        f"`{method}` may steer patrols only when it beats the count and its ethics were reviewed.",
        found=found,
        do=(
            "Keep `footbeat target backtest … --json` in a file and pass it with --backtest, and "
            "the review with --ethics-ref; or rank by shrunk-count. Back-testing needs neither."
        ),
    )


def _unreadable(path: Path) -> StoreError:
    return StoreError(
        f"`{path.name}` must hold a back-test.",
        found="It is not what `footbeat target backtest --json` prints.",
        do="Keep that output in a file.",
    )
