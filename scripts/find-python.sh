#!/bin/sh
# Prints the path of a Python 3.11 or newer that can make virtual environments.
# Without one it exits 2 and names the missing part.
# PYTHON, when set and not empty, is the only candidate.
set -u

# python3 comes first, since the system's administrator chose it; then the oldest that is supported.
candidates=${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 python}
without_venv=

# Runs the candidate rather than trusting its name:
# a version manager's shim may stand for an interpreter that does not exist.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null </dev/null; }
can_make_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null </dev/null; }

set -f
if [ -z "${PYTHON:-}" ]; then set -- $candidates; else set -- "$PYTHON"; fi
for candidate in "$@"; do
  version=$(version_of "$candidate") || continue
  if can_make_environments "$candidate"; then
    command -v "$candidate"
    exit 0
  fi
  without_venv="${without_venv:-$version}"
done

if [ -n "$without_venv" ]; then
  echo "vigie: Python $without_venv is here without its venv and ensurepip modules: install them (on Debian: apt-get install python$without_venv-venv)." >&2
else
  echo "vigie: Python 3.11 or newer is missing (tried: $*). Install it with its venv module, or name it: make PYTHON=/path/to/python3.11 ..." >&2
fi
exit 2
