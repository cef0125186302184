#!/usr/bin/env bash
# Writes the hashed locks from pyproject.toml: requirements.lock (runtime), requirements-dev.lock
# (all), requirements-build.lock (the build backend), and the npm lock of tests/servers/npm.
# No lock names a host or a URL: the installer's own settings say where packages come from.
#
#   scripts/lock.sh PYTHON [--upgrade]
#
# PYTHON has pip-tools. It is the oldest supported version, so that every one can read the locks.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
readonly PYTHON="$1"
shift

compile() {
  local out="$1"
  shift
  CUSTOM_COMPILE_COMMAND="make lock" "$PYTHON" -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --annotation-style=line \
    --output-file="$out" "$@" </dev/null
}

# pip-tools cannot list the build backend alone and keep its needs for an editable install,
# so both are named here.
build_requirements() {
  "$PYTHON" - <<'EOF'
import tomllib
from pathlib import Path

print(*tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["build-system"]["requires"], "editables", sep="\n")
EOF
}

# Installers follow the address that a lock names: drop them, and the funding links with them.
lock_npm() {
  (cd tests/servers/npm && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error)
  "$PYTHON" - <<'EOF'
import json
from pathlib import Path

path = Path("tests/servers/npm/package-lock.json")
lock = json.loads(path.read_text("utf-8"))
for package in lock["packages"].values():
    package.pop("funding", None)
    package.pop("resolved", None)
path.write_text(json.dumps(lock, indent=2) + "\n", "utf-8")
EOF
}

inputs="$(mktemp -d)"
readonly inputs
trap 'rm -rf "$inputs"' EXIT

main() {
  compile requirements.lock "$@" pyproject.toml
  compile requirements-dev.lock "$@" --extra dev --constraint requirements.lock pyproject.toml
  build_requirements >"$inputs/build.in"
  compile requirements-build.lock "$@" --constraint requirements-dev.lock "$inputs/build.in"
  sed -i "s| via -r $inputs/build.in| via the build backend|; s|-r $inputs/build.in|the build backend|" requirements-build.lock
  if command -v npm >/dev/null 2>&1; then lock_npm; fi
  if grep -nE '://|--(extra-)?index|--find-links|--trusted' requirements*.lock tests/servers/npm/package-lock.json; then
    echo "lock: an address got into a lock, see above" >&2
    exit 1
  fi
}

main "$@"
