"""The commands `footbeat task …`: draw, seal, release and brief."""

from __future__ import annotations

from footbeat.cli.words import gather

app = gather(
    "Task: randomised schedules, walks, rotas and briefings.",
    {
        "schedule": "footbeat.cli.task.schedule:schedule",
        "week": "footbeat.cli.task.folder:week",
        "verify": "footbeat.cli.task.folder:verify",
        "lodge": "footbeat.cli.task.folder:lodge",
        "reveal": "footbeat.cli.task.folder:reveal",
        "brief": "footbeat.cli.task.brief:brief",
        "log": "footbeat.cli.task.events:log",
        "status": "footbeat.cli.task.events:status",
        "walk": "footbeat.cli.task.walk:walk",
        "rota": "footbeat.cli.task.rota:rota",
    },
)
