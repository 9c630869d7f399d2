#!/usr/bin/env bash
# Fill .venv at the root of the repository from a hash-pinned lock file. Needs python 3.11 or newer and the package index.
#
#   bash spatial_agent/scripts/setup.sh          what the agent and the benchmarks need
#   bash spatial_agent/scripts/setup.sh core     what the agent needs            (make demo)
#   bash spatial_agent/scripts/setup.sh dev      what the tests need as well     (make test)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() { printf 'setup: %s\n' "$1" >&2; exit 2; }

case "${1:-}" in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "spatial_agent/scripts/setup.sh"; exit 0 ;; esac

part=${1:-bench}
case "$part" in
    core | bench) lock=requirements-$part.lock ;;
    dev) lock=requirements.lock ;;
    *) fail "there is no part '$part'; use core, bench or dev." ;;
esac

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ] && ! fits "$PYTHON"; then
        fail "PYTHON=$PYTHON was given; it is no python 3.11 or newer. Leave it out, or name another."
    fi
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    local found
    found=$(python3 --version 2>/dev/null || echo "no python3")
    fail "python 3.11 or newer is needed, and there is $found. Install one (Debian, Ubuntu: apt-get install python3.11 python3.11-venv), or name one: PYTHON=/path/to/python make demo"
}

stamp=.venv/.filled-$part
wanted="$(cat "$lock" pyproject.toml | cksum) $PWD" # a folder that was moved holds paths to where it was
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

if ! fits .venv/bin/python || ! .venv/bin/pip --version >/dev/null 2>&1; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module. Install it (Debian, Ubuntu: apt-get install $(basename "$python")-venv)."
    echo "setup: making .venv with $("$python" --version)" >&2
    "$python" -m venv --clear .venv || fail "the folder .venv could not be made; see above."
fi

echo "setup: installing what $lock pins (half a minute to two minutes)" >&2
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --require-hashes -r "$lock" ||
    fail "the packages were not installed; see above. If the package index cannot be reached, try again when it can."
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable . ||
    fail "spatialclaw itself could not be installed; see above."
echo "$wanted" >"$stamp"
