"""The commands `footbeat track …`: pings and sheets become visits, visits become minutes."""

from __future__ import annotations

from footbeat.cli.words import gather

app = gather(
    "Track: pings and keyed sheets become visits with error bars.",
    {
        "visits": "footbeat.cli.track.visits:visits",
        "log": "footbeat.cli.track.log:log",
        "fidelity": "footbeat.cli.track.fidelity:fidelity",
    },
)
