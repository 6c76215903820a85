"""The map of a list and the page of a download."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from footbeat.reports.ground import Ground, lay_streets, name_streets
from footbeat.reports.maps import (
    draw_map,
    headline,
    render_map_page,
    save_map_page,
    tabulate_hotspots,
)
from footbeat.reports.try_page import (
    Tried,
    counted_months,
    lay_ground,
    render_try_page,
    try_download,
)
from footbeat.reports.typeset import draw_png
from footbeat.targeting.decided import Decided
from footbeat.targeting.find import FindOptions
from footbeat.targeting.select import SelectOptions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def tried(download: Path) -> Tried:
    options = FindOptions(select=SelectOptions(top=8), n_draws=100)
    return try_download([download], options, rng=np.random.default_rng(1))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_map_and_table_hold_the_same_places_in_the_same_order(tried: Tried) -> None:
    drawn = draw_map(tried.found, Ground())
    twin = tabulate_hotspots(tried.found)
    marks = re.findall(r'class="mark"|aria-label="(\d+), ([^"]+): ([\d,]+) incidents"', drawn.marks)
    said = [mark for mark in marks if mark[0]]
    rows = [[cell.text for cell in row.cells] for row in twin.rows]
    assert [mark[0] for mark in said] == [row[0] for row in rows]
    assert [mark[2] for mark in said] == [row[2] for row in rows]
    assert len(re.findall('class="place"', drawn.ground)) == len(rows) == len(tried.found.hotspots)


def test_headline_gives_counts_beside_its_shares(tried: Tried) -> None:
    found = tried.found
    said = plain(headline(found, "Made-up"))
    inside = int(found.hotspots.frame["n"].sum())
    assert f"({inside:,} of {found.n_incidents:,})" in said
    assert re.search(r"\(\d+ of [\d,]+ hectares\)", said)


def test_name_with_markup_in_it_is_shown_as_it_is(tried: Tried) -> None:
    page = render_try_page(tried, place="Made-up")
    assert "Bow &amp; &lt;b&gt;Arrow&lt;/b&gt; Lane" in page
    assert "<b>Arrow" not in page


def test_page_repeats_every_caution_and_note(tried: Tried) -> None:
    page = plain(render_try_page(tried)).replace("&#39;", "'")
    for sentence in (*tried.found.hotspots.provenance.cautions, *tried.found.notes):
        assert sentence in page
    assert "nearest street anchor" in page
    assert "2023-04" in page


def test_missing_months_are_not_counted_as_observed(tried: Tried) -> None:
    months = counted_months(tried)
    assert "2023-03" in months
    assert "2023-04" not in months


def test_page_judges_the_list_with_counts(tried: Tried) -> None:
    page = plain(render_try_page(tried))
    assert tried.held
    assert tried.held.verdict in page
    assert f"{tried.held.held_judged} of {tried.held.n_judged:,}" in page


def test_download_of_one_month_says_that_it_cannot_judge_a_list(download: Path) -> None:
    options = FindOptions(select=SelectOptions(top=3), n_draws=50)
    tried = try_download([download / "2023-01"], options, rng=np.random.default_rng(1))
    assert tried.held is None
    page = render_try_page(tried)
    assert "This download cannot tell." in page
    assert "there must be at least two months" in page


def test_ground_shows_each_anchor_once_and_names_no_kind_of_place(tried: Tried) -> None:
    ground = lay_ground(tried)
    assert ground.anchors is not None
    assert len(ground.anchors) == len(np.unique(ground.anchors, axis=0)) <= 60
    assert ground.names
    assert "Supermarket" not in {name for name, _, _ in ground.names}


def test_map_page_lists_what_was_left_out(tried: Tried) -> None:
    page = plain(render_map_page(tried.found))
    assert "What is not on the list" in page
    assert tried.found.left_out
    assert tried.found.left_out[0].reason.replace("&", "&amp;") in page


def test_rank_interval_that_is_not_known_is_said(tried: Tried) -> None:
    frame = tried.found.hotspots.frame.assign(rank_low=np.nan, rank_high=np.nan, p_top=np.nan)
    found = replace(tried.found, hotspots=replace(tried.found.hotspots, frame=frame))
    assert {row.cells[-1].text for row in tabulate_hotspots(found).rows} == {"not known"}


def test_street_is_named_by_the_hot_spot_it_passes_before_any_other() -> None:
    spot = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], crs="EPSG:27700")
    lines = [
        shapely.LineString([(2000, 0), (9000, 0)]),
        shapely.LineString([(0, 50), (100, 50)]),
        shapely.LineString([(5000, 0), (5000, 10)]),
    ]
    streets = gpd.GeoDataFrame({"name": ["Far", "Near", ""]}, geometry=lines, crs="EPSG:27700")
    named = name_streets(Ground(streets), spot)
    assert [name for name, _, _ in named][:2] == ["Near", "Far"]
    assert {name for name, _, _ in named} == {"Near", "Far"}
    assert named[0][1:] == (50.0, 50.0)
    assert name_streets(Ground(streets.drop(columns="name")), spot) == []


def test_map_for_print_is_one_drawing_without_the_cells(tried: Tried) -> None:
    drawn = draw_map(tried.found, Ground()).to_drawing()
    assert drawn.count("</svg>") > 3
    assert re.search(r'<g display="none" class="cells">', drawn)
    assert draw_png(drawn).startswith(b"\x89PNG")


def test_map_page_on_a_street_file_thanks_its_makers(tried: Tried, tmp_path: Path) -> None:
    spots = tried.found.hotspots.frame
    xmin, ymin, xmax, ymax = spots.total_bounds
    lines = [shapely.LineString([(xmin, ymin), (xmax, ymax)])]
    streets = gpd.GeoDataFrame(
        {"name": ["Long Road"], "highway": ["primary"]}, geometry=lines, crs=spots.crs
    )
    streets.to_file(tmp_path / "streets.gpkg")
    save_map_page(tried.found, tmp_path / "map.html", streets=tmp_path / "streets.gpkg")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "© OpenStreetMap contributors" in page
    assert ">Long Road</text>" in page
    assert 'stroke-width="2.5"' in page
    ground = lay_streets(tmp_path / "streets.gpkg", spots)
    assert ground.attribution == ("© OpenStreetMap contributors",)


def test_ground_of_a_download_leaves_out_what_lies_far_away(download: Path, tmp_path: Path) -> None:
    lines = (download / "2023-01" / "2023-01-made-up-street.csv").read_text(encoding="utf-8")
    stray = lines.splitlines()[1].replace("2023-01000", "stray", 1).split(",")
    stray[4:6] = ["-3.50", "54.50"]
    source = tmp_path / "2023-01-made-up-street.csv"
    source.write_text(lines + ",".join(stray) + "\n", encoding="utf-8")
    options = FindOptions(select=SelectOptions(top=3), n_draws=20)
    tried = try_download([source], options, rng=np.random.default_rng(1))
    assert len(tried.incidents) + tried.n_rejected == 401
    assert tried.found.concentration.total_ha < 5_000
    assert tried.n_rejected + tried.n_far == 1


def test_excluded_ground_is_hatched_named_and_a_layer_of_its_own(tried: Tried) -> None:
    first = tried.found.hotspots.frame.geometry.iloc[0]
    pier = Decided(first.buffer(300), "Pier, not ours (A. Khan)", "Pier")
    drawn = draw_map(replace(tried.found, excluded=(pier,)), Ground())
    assert re.search(
        r'class="excluded">.*<pattern .*id="hatch".*fill="url\(#hatch\)"', drawn.ground
    )
    assert "Excluded: Pier</text>" in drawn.marks
    assert ("excluded", "Excluded ground", True) in drawn.layers
    assert drawn.key[-1].text == "excluded by decision: Pier"
    none = draw_map(tried.found, Ground())
    assert "hatch" not in none.ground
    assert "excluded" not in {name for name, _, _ in none.layers}


def test_map_without_a_boundary_outlines_the_ground_with_incidents(tried: Tried) -> None:
    without = draw_map(tried.found, Ground())
    assert without.ground.count('class="boundary"') == 1
    assert without.key[-1].text == "ground with incidents"
    within = draw_map(tried.found, Ground(boundary=shapely.box(0, 0, 9e5, 9e5)))
    assert within.key[-1].text == "boundary"


def test_cautions_stand_above_the_map_and_notes_at_the_foot(tried: Tried) -> None:
    page = plain(render_map_page(tried.found))
    order = [
        page.index(part)
        for part in ("nearest street anchor", 'class="ground"', "How this was counted",
                     "Where people do not report")
    ]  # fmt: skip
    assert order == sorted(order)
