#!/usr/bin/env bash
# Installs the Debian package in a clean root, runs it there, upgrades, removes and purges it (make deb-check).
# Needs root, mmdebstrap and lintian; the clean root has what this machine's release has, and nothing else.
#
#   scripts/deb-check.sh dist/vigie_VERSION_ARCHITECTURE.deb
set -euo pipefail
package="$(realpath -- "$1")"
readonly package

say() { printf 'deb-check: %s\n' "$*" >&2; }

for tool in mmdebstrap lintian dpkg-deb; do
  command -v "$tool" >/dev/null 2>&1 || { say "$tool is missing: apt-get install mmdebstrap lintian dpkg-dev"; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { say "run as root: a root of its own is made"; exit 2; }

work="$(mktemp -d)"
readonly work
trap 'rm -rf "$work"' EXIT

# The same package as a later version, for the upgrade.
later() {
  dpkg-deb -R "$package" "$work/later"
  sed -i 's/^Version: .*/&+later/' "$work/later/DEBIAN/control"
  dpkg-deb --root-owner-group -Zgzip --build "$work/later" "$work/later.deb" >/dev/null
}

# What is done inside, as a user would.
cat >"$work/inside.sh" <<'INSIDE'
set -eux
export DEBIAN_FRONTEND=noninteractive VIGIE_LANG=en HOME=/tmp
apt-get install -y --no-install-recommends /tmp/vigie.deb
vigie --version
getent passwd vigie
test "$(stat -c '%a %U:%G' /var/lib/vigie)" = "700 vigie:vigie"
test "$(stat -c '%a %U:%G' /etc/vigie)" = "750 root:vigie"
test "$(stat -c '%a %U:%G' /etc/vigie/secrets)" = "700 root:root"
vigie config check --config /usr/share/doc/vigie/examples/generic.yml || test $? = 2 # its secrets are not there
vigie demo --for 15 --language en >/tmp/demo.txt 2>&1 || { cat /tmp/demo.txt; exit 1; }
grep -i outage /tmp/demo.txt
# The user of the service keeps a ledger where it may.
printf 'kept by an upgrade\n' >/var/lib/vigie/ledger
printf '# mine\n' >>/etc/vigie/vigie.yml.example
printf 'hubs: []\n' >/etc/vigie/vigie.yml
dpkg --force-confold -i /tmp/later.deb
dpkg-query -W vigie | grep later
grep 'kept by an upgrade' /var/lib/vigie/ledger
grep '^# mine' /etc/vigie/vigie.yml.example
vigie --version
apt-get remove -y vigie
! command -v vigie
test -e /var/lib/vigie/ledger
test -e /etc/vigie/vigie.yml
dpkg --purge vigie
test ! -e /var/lib/vigie
test ! -e /etc/vigie
test ! -e /usr/lib/vigie
! getent passwd vigie
INSIDE

later
say "lintian"
lintian --fail-on error,warning --allow-root "$package"
say "a clean root, and the package in it"
mmdebstrap --quiet --variant=apt --customize-hook="copy-in $work/inside.sh $work/later.deb /tmp" \
  --customize-hook="upload $package /tmp/vigie.deb" --customize-hook='chroot "$1" sh /tmp/inside.sh' \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" /dev/null
say "installed, ran, upgraded, removed and purged"
