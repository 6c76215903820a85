"""The page of a back-test: the verdict, the league table, what each method caught."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from footbeat.outputs import writing
from footbeat.plots import INK, SERIES, begin, draw_interval
from footbeat.reports import words
from footbeat.reports.page import Cell, Figure, Heading, Imprint, Row, Twin, render_page

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from footbeat.manifest import Manifest
    from footbeat.tables import Provenance
    from footbeat.targeting.backtest import Backtest
    from footbeat.targeting.league import Judged

BASELINE = "count"

_NUMBER = "number"
_STYLE = re.compile(r'style="([^"]*)"')
_SHEET = re.compile(r"<style.*?</style>", re.DOTALL)
_MEANINGS = (
    "Held: share of the incidents that followed that happened in the places flagged.",
    "PAI: that share over the share of the ground; 1 is chance. Compare at one share only.",
    "Penalised PAI: over the square root of that share, so that flagging little pays less.",
    "PEI: PAI over the best attainable with as many places.",
    "RRI: incidents the places held before, at that rate, over those that came.",
    "Recapture: the share they held afterwards over the share they held before.",
    "Stability: how many places two lists in a row have in common, of all on either (Jaccard).",
    "Area to edge: metres of area a metre of edge; scattered cells are harder to patrol.",
    "p: paired with the count on the same incidents, adjusted for the number of methods (Holm).",
)


def render_league_page(
    judged: Backtest, provenance: Provenance, *, name: str, manifest: Manifest | None = None
) -> str:
    """Return the page of a back-test, whole and without any other file.

    Parameters
    ----------
    judged
        The back-test.
    provenance
        That of the incidents.
    name
        What was judged on, such as the name of the file.
    manifest
        What went in and ran.
    """
    period = f"{judged.folds[0].split(' to ')[0]} to {judged.folds[-1].split(' to ')[1]}"
    subject = f"{name} · judged on {period}"
    return render_page(
        "league.html.jinja",
        title=f"Methods judged on {name}",
        imprint=Imprint.around(provenance, subject, notes=judged.notes, manifest=manifest),
        headline=judged.verdict,
        held=_figure_of_held(judged),
        capture=_figure_of_capture(judged),
        league=_tabulate(judged),
        meanings=_MEANINGS,
        calibration=_tabulate_calibration(judged),
        unscored=_tabulate_unscored(judged),
    )


def save_league_page(
    judged: Backtest,
    path: Path,
    provenance: Provenance,
    *,
    name: str,
    manifest: Manifest | None = None,
    overwrite: bool = False,
) -> None:
    """Write the page of a back-test, whole or not at all."""
    text = render_league_page(judged, provenance, name=name, manifest=manifest)
    with writing(path, overwrite=overwrite) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def plot_league(judged: Backtest, ax: Axes | None = None) -> Axes:
    """Draw PAI with its interval, a line a method, the count's value drawn through all."""
    scored = [each for each in judged.methods if each.scored]
    subtitle = f"PAI with its 95 % interval; {judged.n_flagged:,} of {judged.n_cells:,} places"
    title = "How much more than chance each method held"
    ax = begin(ax, title, subtitle, size=(8.0, 0.9 + 0.32 * len(scored)))
    most = max(each.pai_high or 0.0 for each in scored)
    ax.set_xlim(0, 1.05 * most)
    count = next(each for each in scored if each.method == BASELINE)
    ax.axvline(count.pai or 0.0, color=INK, lw=0.8)
    for place, each in enumerate(reversed(scored)):
        colour = SERIES[0] if each.method == BASELINE or each.beats_count else SERIES[1]
        draw_interval(
            ax, place, each.pai, each.pai_low, each.pai_high, colour=colour,
            is_filled=bool(each.beats_count or each.method == BASELINE),
        )  # fmt: skip
    ax.set_yticks(range(len(scored)), [each.method for each in reversed(scored)])
    ax.set_ylim(-0.7, len(scored) - 0.3)
    return ax


def _figure_of_held(judged: Backtest) -> Figure:
    measure = (
        "PAI with its 95 % interval; the line is the count's. Filled: the count, and what beats it."
    )
    spoken = "; ".join(
        f"{each.method} {each.pai:.1f} ({each.pai_low:.1f} to {each.pai_high:.1f})"
        for each in judged.methods
        if each.scored
    )
    return Figure(judged.verdict.split(". ")[0], measure, _svg(plot_league(judged)), spoken)


def _figure_of_capture(judged: Backtest) -> Figure:
    measure = "Share of the incidents that followed, by share of the ground flagged"
    spoken = "The same shares stand in the table, at the ground that was flagged."
    return Figure(
        "What lists of other lengths would have held", measure, _svg(judged.plot()), spoken
    )


def _svg(ax: Axes) -> Markup:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101 - drawn a moment ago
    # The title stands above the drawing as text of the page.
    ax.set_title("", loc="left")
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "footbeat"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    plt.close(figure)
    drawn = text.getvalue()
    drawn = _STYLE.sub(_as_attributes, drawn[drawn.index("<svg") :])
    drawn = _SHEET.sub("", drawn).replace("<svg ", '<svg class="fluid" ', 1)
    return Markup(drawn)  # noqa: S704 - our own drawing


def _as_attributes(style: re.Match[str]) -> str:
    """Return a style as attributes: the page's policy allows no styles but its own sheet."""
    pairs = (item.split(":", 1) for item in style[1].split(";") if ":" in item)
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in pairs)


def _tabulate(judged: Backtest) -> Twin:
    names = ("Held", "PAI", "Less the count", "p", "Penalised PAI", "PEI", "RRI", "Recapture")
    headings = [Heading("Method"), *(Heading(name, _NUMBER) for name in names)]
    headings += [Heading("Stability", _NUMBER), Heading("Area to edge", _NUMBER)]
    rows = [Row(_cells(each, judged)) for each in judged.methods if each.scored]
    caption = f"{judged.n_judged:,} incidents judged; 95 % intervals below each figure"
    return Twin("league", caption, headings, rows)


def _cells(each: Judged, judged: Backtest) -> list[Cell]:
    hits = f"{words.count(each.hits)} of {words.count(judged.n_judged)}"
    between = f"{each.pai_low:.1f} to {each.pai_high:.1f}"
    beats = "beats the count" if each.beats_count else ""
    return [
        Cell(each.method, each.method, note=beats),
        Cell(words.share(each.hit_rate), each.hit_rate, note=hits),
        Cell(f"{each.pai:.1f}", each.pai, note=between),
        _against(each),
        _figure(each.p_adjusted, 3),
        *(_figure(value, 2) for value in (each.penalised_pai, each.pei, each.rri)),
        *(_figure(value, 2) for value in (each.recapture, each.stability)),
        Cell(f"{each.area_to_perimeter_m:,.0f} m", each.area_to_perimeter_m),
    ]


def _against(each: Judged) -> Cell:
    if each.difference is None:
        return Cell("the baseline")
    if each.same_ranking:
        return Cell("same ranking", 0.0)
    low, high = (100 * (bound or 0.0) for bound in (each.difference_low, each.difference_high))
    return Cell(
        f"{100 * each.difference:+.2f} points",
        each.difference,
        note=f"{low:+.2f} to {high:+.2f}",
    )


def _figure(value: float | None, digits: int) -> Cell:
    return Cell("not known" if value is None else f"{value:.{digits}f}", value)


def _tabulate_calibration(judged: Backtest) -> Twin:
    headings = (
        Heading("Whose probability"),
        Heading("Given", _NUMBER),
        Heading("Places", _NUMBER),
        Heading("Mean given", _NUMBER),
        Heading("Were in the top", _NUMBER),
    )
    sets = [("of the next period, foretold", judged.calibration)]
    sets += [(each.method, each.calibration) for each in judged.methods if each.calibration]
    rows = [
        Row([
            Cell(name),
            Cell(f"{band.low:.1f} to {band.high:.1f}", band.low),
            Cell(words.count(band.n_places), band.n_places),
            _figure(band.expected, 2),
            _figure(band.stayed, 2),
        ])
        for name, bands in sets
        for band in bands
    ]  # fmt: skip
    caption = (
        "Of places given a probability of the top, the share that was in the next period's. The "
        "first is made to foretell it; a method's own says how sure its list is of itself"
    )
    return Twin("calibration", caption, headings, rows)


def _tabulate_unscored(judged: Backtest) -> Twin | None:
    absent = [each for each in judged.methods if not each.scored]
    if not absent:
        return None
    rows = [Row([Cell(each.method), Cell(each.reason)]) for each in absent]
    return Twin("unscored", "Not scored, and why", (Heading("Method"), Heading("Why")), rows)
