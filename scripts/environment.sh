#!/bin/sh
# Makes or refreshes the virtual environment .venv from the hashed locks.
# It does nothing when the environment is up to date.
#
#   scripts/environment.sh runtime      the packages that `vigie` needs
#   scripts/environment.sh dev          those, and the tools of the tests and checks
set -eu
cd "$(dirname -- "$0")/.."

extent=${1-}
case $extent in
  runtime) locks=requirements.lock ;;
  dev) locks=requirements-dev.lock ;;
  *) echo "usage: scripts/environment.sh runtime|dev" >&2; exit 2 ;;
esac

# The stamp's name is a checksum of the environment's sources: a changed lock or pyproject.toml
# gives another one. The folder is a source too: an environment that was moved or copied does not work.
stamp_of() { { cat requirements-build.lock "$1" pyproject.toml; pwd; } | cksum | tr -d ' '; }
stamp=.venv/.vigie-$extent-$(stamp_of "$locks")
[ -e "$stamp" ] && exit 0
# The environment of the tools includes that of the runtime.
[ "$extent" = runtime ] && [ -e ".venv/.vigie-dev-$(stamp_of requirements-dev.lock)" ] && exit 0

python=$(sh scripts/find-python.sh)
# An environment is made again when it was moved, lost its interpreter, or was left half made.
if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1 || ! ls .venv/.vigie-home-"$({ pwd; } | cksum | tr -d ' ')" >/dev/null 2>&1; then
  echo "vigie: making .venv with $python" >&2
  rm -rf .venv
  "$python" -m venv .venv || { echo "vigie: $python could not make .venv: see above" >&2; exit 2; }
  : >".venv/.vigie-home-$(pwd | cksum | tr -d ' ')"
fi
rm -f .venv/.vigie-runtime-* .venv/.vigie-dev-*

# Reads pip's lines and tells how far it is: on a terminal by a count that moves, in a log by every tenth package.
# Returns pip's exit status, which the last line has.
tell() {
  done=0 status=1
  while read -r word rest; do
    case $word in
      Collecting | Processing | Requirement)
        done=$((done + 1))
        if [ -t 2 ]; then
          printf '\rvigie:   %s of %s  %-40.40s' "$done" "$1" "${rest%% *}" >&2
        elif [ $((done % 10)) -eq 0 ]; then
          echo "vigie:   $done of $1 packages fetched" >&2
        fi
        ;;
      Installing)
        [ "${rest#collected}" = "$rest" ] || printf '%svigie:   unpacking them\n' "$([ ! -t 2 ] || printf '\r%-60s\r' '')" >&2
        ;;
      pip-ended) status=$rest ;;
    esac
  done
  return "$status"
}

problems=.venv/.vigie-problems
install() {
  count=$1
  shift
  { PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --progress-bar off --disable-pip-version-check --no-input "$@" </dev/null 2>"$problems" || failed=$?
    echo "pip-ended ${failed-0}"; } | tell "$count" || { cat "$problems" >&2; exit 2; }
}

echo "vigie: installing $locks into .venv" >&2
install "$(grep -c '^[a-zA-Z0-9._-]*==' requirements-build.lock "$locks" | awk -F: '{ n += $2 } END { print n }')" --require-hashes -r requirements-build.lock -r "$locks"
echo "vigie: installing Vigie itself" >&2
install 1 --no-deps --no-build-isolation --no-index --editable .
: >"$stamp"
