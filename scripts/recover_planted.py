"""Measure how many planted hot spots targeting finds, over many synthetic towns.

A planted hot spot is found when the centre of a chosen one lies within a cell's width of it.
Each town goes through its records export, the reader and the default method, as in the
demonstration. Run it after a change to the towns or to targeting:

    python scripts/recover_planted.py --seeds 20
"""

import argparse
import tempfile
from pathlib import Path
from statistics import mean

import numpy as np

from footbeat.simulate.export import write_ground
from footbeat.simulate.staging import (
    Streams,
    choose_places,
    found_share,
    read_records,
    write_history,
)
from footbeat.simulate.town import TownOptions, draw_town

BAR = 0.8


def recover(seed: int) -> tuple[float, float]:
    """Return the share found in one town, and the place the custody suite would have had."""
    options, streams = TownOptions(), Streams.from_seed(seed)
    town = draw_town(streams.town, options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_ground(town, folder)
        write_history(town, folder, streams)
        incidents, _ = read_records(folder, folder / "records-history.csv")
        found = choose_places(incidents, folder, options, streams.ranks)
    ranks = [place.rank for place in found.left_out if "custody" in place.reason]
    return found_share(town, found.hotspots), ranks[0] if ranks else np.nan


def main() -> None:
    """Print one line a town, and the mean against the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds 1 to this number")
    seeds = range(1, parser.parse_args().seeds + 1)
    shares = []
    for seed in seeds:
        share, custody = recover(seed)
        shares.append(share)
        print(f"seed {seed:3}: {share:.0%} found; the custody suite set aside at rank {custody}")
    average = mean(shares)
    print(f"mean {average:.1%} (least {min(shares):.0%}) over {len(shares)} towns; bar {BAR:.0%}")
    raise SystemExit(0 if average >= BAR else 1)


if __name__ == "__main__":
    main()
