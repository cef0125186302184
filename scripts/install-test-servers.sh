#!/usr/bin/env bash
# Installs the real servers that `make test` runs against (see tests/servers/): Prometheus with
# promtool, Alertmanager with amtool, PostgreSQL, Request Tracker, the LemonLDAP::NG hub, and
# the npm OpenID Provider that plays the identity providers; Chromium, which goes where Vigie goes;
# and systemd, for its checks of unit files.
#
# It is idempotent, and quick when all is present. It starts no service.
# Where it may not install (not root, no apt-get) it names the missing parts and exits 2.
#
#   scripts/install-test-servers.sh            install the missing parts
#   scripts/install-test-servers.sh --check    install nothing; exit 2 if a part is missing
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

readonly NPM_DIR=tests/servers/npm
readonly NODE_MAJOR=18
readonly TEMPLATES=/usr/share/lemonldap-ng/portal/templates
readonly RT_SERVER=/usr/share/request-tracker5/libexec/rt-server
readonly CLUSTERS=/etc/postgresql-common/createcluster.conf
readonly POLICY="${POLICY_RC_D:-/usr/sbin/policy-rc.d}" # Debian asks it whether a package may start its service

say() { printf 'install-test-servers: %s\n' "$*" >&2; }

has_command() { command -v "$1" >/dev/null 2>&1; }

# True when Perl finds the module's file. Loading LemonLDAP::NG itself would take seconds.
has_perl() { has_command perl && perl -e '
  (my $file = shift) =~ s{::}{/}g;
  exit !grep { !ref && -e "$_/$file.pm" } @INC' "$1"; }

has_node() { has_command node && [ "$(node -p 'Number(process.versions.node.split(".")[0])')" -ge "$NODE_MAJOR" ]; }

has_npm_peer() { [ -f "$NPM_DIR/node_modules/.installed" ] && cmp -s "$NPM_DIR/package-lock.json" "$NPM_DIR/node_modules/.installed"; }

has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

# Prints the Debian packages of the missing parts, one a line.
missing_packages() {
  has_command prometheus && has_command promtool || echo prometheus
  has_postgresql || echo postgresql-15
  has_command rt-setup-database-5 && [ -x "$RT_SERVER" ] || printf '%s\n' request-tracker5 rt5-standalone rt5-db-sqlite dbconfig-no-thanks msmtp-mta
  has_command starman || echo starman
  has_command openssl || echo openssl
  has_command node || echo nodejs
  has_command npm || echo npm
  has_command prometheus-alertmanager && has_command amtool || echo prometheus-alertmanager
  has_command chromium-headless-shell || echo chromium-headless-shell
  has_command certutil || echo libnss3-tools # tells Chromium whom to trust
  has_command systemd-analyze || echo systemd # only its checks of unit files
  has_command dpkg-shlibdeps || echo dpkg-dev # builds the Debian package
  { has_perl Lemonldap::NG::Portal::Main && [ -d "$TEMPLATES" ]; } || printf '%s\n' liblemonldap-ng-portal-perl lemonldap-ng-fastcgi-server
  # The portal needs these for OpenID Connect and its own pages; its package only recommends them.
  has_perl Crypt::OpenSSL::RSA || echo libcrypt-openssl-rsa-perl
  has_perl Crypt::OpenSSL::X509 || echo libcrypt-openssl-x509-perl
  has_perl Crypt::OpenSSL::Bignum || echo libcrypt-openssl-bignum-perl
  has_perl GD::SecurityImage || echo libgd-securityimage-perl
  has_perl Image::Magick || echo libimage-magick-perl
  has_perl String::Random || echo libstring-random-perl
  has_perl IO::String || echo libio-string-perl
}

install_packages() {
  local policy_is_ours=false status=0
  if [ ! -e "$POLICY" ]; then # no package may start its service, since tests start their own copies
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
    policy_is_ours=true
  fi
  if [ ! -e "$CLUSTERS" ]; then # PostgreSQL's package must not make a database either
    mkdir -p "$(dirname -- "$CLUSTERS")"
    printf 'create_main_cluster = false\n' >"$CLUSTERS"
  fi
  {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq update &&
      DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold -qq install -y --no-install-recommends "$@"
  } </dev/null >&2 || status=$?
  if "$policy_is_ours"; then rm -f "$POLICY"; fi
  return "$status"
}

install_npm_peer() {
  (cd "$NPM_DIR" && npm ci --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error) </dev/null >&2
  cp "$NPM_DIR/package-lock.json" "$NPM_DIR/node_modules/.installed"
}

refuse() {
  say "missing: $*"
  exit 2
}

main() {
  local check=false packages
  case "${1-}" in
    '') ;;
    --check) check=true ;;
    *)
      say "unknown option $1: the only one is --check"
      exit 2
      ;;
  esac

  mapfile -t packages < <(missing_packages)
  if [ "${#packages[@]}" -gt 0 ]; then
    "$check" && refuse "the Debian packages ${packages[*]}"
    has_command apt-get || refuse "apt-get, to install the Debian packages ${packages[*]}"
    [ "$(id -u)" -eq 0 ] || refuse "the right to install (run as root) the Debian packages ${packages[*]}"
    say "installing ${packages[*]}"
    install_packages "${packages[@]}" || refuse "the Debian packages ${packages[*]}: apt-get failed, see above"
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -eq 0 ] || refuse "${packages[*]}, though apt-get said it installed them"
  fi
  has_node || refuse "Node.js $NODE_MAJOR or newer (found $(node --version)): the npm package oidc-provider 9 needs it"

  if ! has_npm_peer; then
    "$check" && refuse "the npm packages of $NPM_DIR (npm ci)"
    say "installing the npm packages of $NPM_DIR"
    install_npm_peer || refuse "the npm packages of $NPM_DIR: npm ci failed, see above"
  fi
}

main "$@"
