#!/bin/sh
# Makes or refreshes the virtual environment .venv from the hashed locks, and does nothing when it is up to date.
#
#   scripts/environment.sh runtime      what `vigie` needs
#   scripts/environment.sh dev          that, and the tools of the tests and checks
set -eu
cd "$(dirname -- "$0")/.."

extent=${1-}
case $extent in
  runtime) locks=requirements.lock ;;
  dev) locks=requirements-dev.lock ;;
  *) echo "usage: scripts/environment.sh runtime|dev" >&2; exit 2 ;;
esac

# The stamp's name holds what the environment was made from: a changed lock or pyproject.toml makes another one.
# The folder is part of it: an environment that was moved or copied does not work.
stamp_of() { { cat requirements-build.lock "$1" pyproject.toml; pwd; } | cksum | tr -d ' '; }
stamp=.venv/.vigie-$extent-$(stamp_of "$locks")
[ -e "$stamp" ] && exit 0
# The tools' environment holds the runtime's.
[ "$extent" = runtime ] && [ -e ".venv/.vigie-dev-$(stamp_of requirements-dev.lock)" ] && exit 0

python=$(sh scripts/find-python.sh)
# One that moved, whose interpreter is gone, or that an interrupted run left half made is made again.
if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1 || ! ls .venv/.vigie-home-"$({ pwd; } | cksum | tr -d ' ')" >/dev/null 2>&1; then
  echo "vigie: making .venv with $python" >&2
  rm -rf .venv
  "$python" -m venv .venv || { echo "vigie: $python could not make .venv: see above" >&2; exit 2; }
  : >".venv/.vigie-home-$(pwd | cksum | tr -d ' ')"
fi
rm -f .venv/.vigie-runtime-* .venv/.vigie-dev-*

install() { .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input "$@" </dev/null; }
echo "vigie: installing $locks into .venv" >&2
install --require-hashes -r requirements-build.lock -r "$locks"
install --no-deps --no-build-isolation --no-index --editable .
: >"$stamp"
