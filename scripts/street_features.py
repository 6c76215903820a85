"""Features of the ground from a street file alone, where there is no list of pubs and shops.

Kinds: a crossroads (four streets or more meet), a dead end, a junction with a main road, and the
middle of a street of a main road. They say how a street is built and nothing of what is in it.

    python scripts/street_features.py cambridge.gpkg features.csv --crs EPSG:32631
    footbeat target backtest incidents.parquet --methods risk-terrain --features features.csv
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from footbeat.streets import build_graph, read_streets

FEWEST_CROSSING = 4
FEWEST_MEETING = 3


def describe_streets(path: Path, crs: str) -> pd.DataFrame:
    """Return x, y in metres of `crs`, and the kind, of every feature."""
    lines = read_streets(path, crs).lines
    graph = build_graph(lines.geometry.to_numpy())
    is_main = (lines["kind"] == "major").to_numpy()[graph.row]
    ends = np.concatenate([graph.start, graph.end])
    n_nodes = len(graph.x)
    degree = np.bincount(ends, minlength=n_nodes)
    n_main = np.bincount(ends, np.tile(is_main, 2), minlength=n_nodes)
    nodes = {
        "crossroads": degree >= FEWEST_CROSSING,
        "dead end": degree == 1,
        "junction with a main road": (degree >= FEWEST_MEETING) & (n_main > 0),
    }
    parts = [
        pd.DataFrame({"x": graph.x[held], "y": graph.y[held], "kind": kind})
        for kind, held in nodes.items()
    ]
    middle = shapely.line_interpolate_point(graph.shapes[is_main], 0.5, normalized=True)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    parts.append(pd.DataFrame({"x": x, "y": y, "kind": "main road"}))
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Write the features of a street file as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("streets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--crs", required=True, help="that of the incidents, in metres")
    asked = parser.parse_args()
    features = describe_streets(asked.streets, asked.crs)
    features.round(1).to_csv(asked.out, index=False, lineterminator="\n")
    print(features["kind"].value_counts().to_string())


if __name__ == "__main__":
    main()
