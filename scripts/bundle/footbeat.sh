#!/bin/sh
# Starts Footbeat. The first run makes an environment in this folder from the wheels beside it.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
environment="$here/environment"
if [ ! -e "$environment/ready-@VERSION@" ]; then
    command -v python@PYTHON@ >/dev/null || {
        echo "Footbeat must have Python @PYTHON@. It was not found." >&2
        exit 1
    }
    python@PYTHON@ -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --no-index --find-links "$here/wheels" \
        "footbeat==@VERSION@"
    : > "$environment/ready-@VERSION@"
fi
[ $# -gt 0 ] || set -- --help
exec "$environment/bin/footbeat" "$@"
