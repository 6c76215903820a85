"""Run the command line with ``python -m footbeat``."""

from __future__ import annotations

from footbeat.cli.main import main

if __name__ == "__main__":
    main()
