"""The commands `footbeat trial …`: the honest number, and everything needed to judge it."""

from __future__ import annotations

from footbeat.cli.words import gather

app = gather(
    "Trial: place-days, effect, power; a percentage never without counts and interval.",
    {
        "plan": "footbeat.cli.trial.planning:plan",
        "power": "footbeat.cli.trial.design:power",
        "placedays": "footbeat.cli.trial.counting:placedays",
        "effect": "footbeat.cli.trial.effects:effect",
        "aggregate": "footbeat.cli.trial.published:aggregate",
        "monitor": "footbeat.cli.trial.watching:monitor",
        "calibrate": "footbeat.cli.trial.trying:calibrate_design",
        "quasi": "footbeat.cli.trial.comparing:quasi",
        "displacement": "footbeat.cli.trial.moving:displacement",
        "report": "footbeat.cli.trial.reporting:report",
        "archive": "footbeat.cli.trial.deposit:archive",
        "verify": "footbeat.cli.trial.deposit:verify",
    },
)
