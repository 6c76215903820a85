"""The commands `footbeat target …`: rank places, judge rankings, explain and compare lists."""

from __future__ import annotations

from footbeat.cli.words import gather

app = gather(
    "Target: rank places, say how certain a rank is, and why each place ranks.",
    {
        "find": "footbeat.cli.target.find:find",
        "score": "footbeat.cli.target.score:score",
        "list": "footbeat.cli.target.listing:list_for_signature",
        "edit": "footbeat.cli.target.edit:edit",
        "backtest": "footbeat.cli.target.backtest:backtest",
        "compare": "footbeat.cli.target.compare:compare",
        "near-repeat": "footbeat.cli.target.near_repeat:near_repeat",
        "persistence": "footbeat.cli.target.persistence:persistence",
        "concentration": "footbeat.cli.target.concentration:concentration",
    },
)
