#!/usr/bin/env bash
# Builds the Debian package dist/vigie_VERSION_ARCHITECTURE.deb (make deb).
# It has an environment of its own in /usr/lib/vigie, from the hashed lock, on Debian's python3.
#
#   scripts/deb.sh PYTHON                    PYTHON has the build backend and pip: .venv/bin/python
#   scripts/deb.sh PYTHON --without-packages leaves out what Vigie needs: quick, and good for a look at the rest only
#
# DEBFULLNAME and DEBEMAIL name who answers for the package.
# SYSTEM_PYTHON names the interpreter of the machines that the package is for: /usr/bin/python3.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
umask 022

readonly PYTHON="$1"
readonly EXTENT="${2-}"
readonly SYSTEM_PYTHON="${SYSTEM_PYTHON:-/usr/bin/python3}"
readonly PARTS=packaging/debian
readonly HOME_OF_ALL=/usr/lib/vigie
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore

say() { printf 'deb: %s\n' "$*" >&2; }

need() {
  command -v "$1" >/dev/null 2>&1 || { say "$1 is missing: install $2"; exit 2; }
}

version="$("$PYTHON" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')"
readonly version maintainer="${DEBFULLNAME:-The Vigie developers} <${DEBEMAIL:-vigie@localhost}>"
# The same sources give the same package, to the byte: every instant in it is that of the last commit.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
work="$(mktemp -d)"
readonly work root="$work/root"
trap 'rm -rf "$work"' EXIT

make_environment() {
  local home="$root$HOME_OF_ALL" file
  say "making $HOME_OF_ALL with $("$SYSTEM_PYTHON" --version)"
  "$SYSTEM_PYTHON" -m venv --without-pip "$home"
  if [ "$EXTENT" != --without-packages ]; then
    say "installing requirements.lock"
    "$PYTHON" -m pip --python "$home/bin/python3" install --quiet --no-compile --require-hashes -r requirements.lock
  fi
  "$PYTHON" -m hatchling build --target wheel --directory "$work/dist" >/dev/null 2>&1 || { say "the wheel could not be built"; exit 1; }
  "$PYTHON" -m pip --python "$home/bin/python3" install --quiet --no-compile --no-deps --no-index "$work"/dist/*.whl
  # Where it was made is not where it will stand.
  find "$home/bin" -type f ! -name vigie -delete
  find "$home" -name direct_url.json -delete
  find "$home" -name '*.dist-info' -exec sed -i '/direct_url\.json/d' {}/RECORD \;
  sed -i "s|$root||g" "$home/bin/vigie" "$home/pyvenv.cfg"
  sed -i '/^command = /d' "$home/pyvenv.cfg"
  # The sources of C and C++ extensions, and the tests of packages, are of no use here.
  find "$home/lib" -type f \( -name '*.c' -o -name '*.cpp' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' \) -delete
  "$SYSTEM_PYTHON" -m compileall -q -j 0 -s "$root" -p / --invalidation-mode unchecked-hash "$home/lib" || say "some file was not compiled; that does no harm"
  find "$root" -name '*.so*' -type f -exec chmod 644 {} +
  if grep -rIl --exclude='*.pyc' -- "$work" "$root" >"$work/leaks"; then
    file="$(head -1 "$work/leaks")"
    say "the folder of the build is named in ${file#"$root"}"
    exit 1
  fi
}

lay_out() {
  install -d "$root/usr/bin" "$root/lib/systemd/system" "$root/usr/share/man/man1" "$root/usr/share/doc/vigie" "$root/etc/vigie/secrets" "$root/usr/share/lintian/overrides"
  ln -s ../lib/vigie/bin/vigie "$root/usr/bin/vigie"
  sed -e '/^#/d' -e 's|/opt/vigie/bin/vigie|/usr/bin/vigie|' config/systemd/vigie.service | sed '/./,$!d' >"$root/lib/systemd/system/vigie.service"
  install -m 644 config/vigie.yml "$root/etc/vigie/vigie.yml.example"
  install -m 644 "$PARTS/lintian-overrides" "$root/usr/share/lintian/overrides/vigie"
  gzip -9n <"$PARTS/vigie.1" >"$root/usr/share/man/man1/vigie.1.gz"
  { cat "$PARTS/copyright.head"; sed -n '/^Permission/,$p' LICENSE | sed -e 's/^$/./' -e 's/^/ /'; } >"$root/usr/share/doc/vigie/copyright"
  gzip -9n <CHANGELOG.md >"$root/usr/share/doc/vigie/NEWS.gz"
  printf 'vigie (%s) unstable; urgency=medium\n\n  * NEWS.gz has what is new, and what an upgrade asks for.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")" | gzip -9n >"$root/usr/share/doc/vigie/changelog.gz"
  install -d "$root/usr/share/vigie"
  mv "$root$HOME_OF_ALL/share/vigie/config" "$root/usr/share/vigie/config"
  ln -s ../../vigie/config/examples "$root/usr/share/doc/vigie/examples"
  rm -rf "$root$HOME_OF_ALL/share" "$root$HOME_OF_ALL/include"
  ln -sf ../../../bin/python3 "$root$HOME_OF_ALL/bin/python3"
}

# Prints the Debian packages of the libraries that the extensions are linked with.
libraries() {
  [ "$EXTENT" != --without-packages ] || { echo 'libc6 (>= 2.36)'; return; }
  mkdir -p "$work/debian"
  printf 'Source: vigie\nPackage: vigie\nArchitecture: any\n' >"$work/debian/control"
  (cd "$work" && find root -name '*.so*' -type f -printf '-e%p\n' | xargs dpkg-shlibdeps --ignore-missing-info -O --warnings=0 $(find root -type d -name '*.libs' -printf '-l%p ') 2>/dev/null) |
    sed -n 's/^shlibs:Depends=//p'
}

control() {
  local minor next
  minor="$("$SYSTEM_PYTHON" -c 'import sys; print(sys.version_info[1])')"
  next=$((minor + 1))
  install -d "$root/DEBIAN"
  sed -e "s|@VERSION@|$version|" -e "s|@MAINTAINER@|$maintainer|" -e "s|@ARCHITECTURE@|$(dpkg --print-architecture)|" -e "s|@SIZE@|$(du -sk --exclude=DEBIAN "$root" | cut -f1)|" \
    -e "s|@DEPENDS@|adduser, tzdata, python3 (>= 3.$minor), python3 (<< 3.$next), $(libraries)|" "$PARTS/control.in" >"$root/DEBIAN/control"
  echo /etc/vigie/vigie.yml.example >"$root/DEBIAN/conffiles"
  install -m 755 "$PARTS/postinst" "$PARTS/prerm" "$PARTS/postrm" "$root/DEBIAN/"
  (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
}

main() {
  need dpkg-deb dpkg
  need dpkg-shlibdeps dpkg-dev
  need "$SYSTEM_PYTHON" "python3 with python3-venv"
  case "$EXTENT" in '' | --without-packages) ;; *) say "unknown option $EXTENT"; exit 2 ;; esac
  make_environment
  lay_out
  control
  mkdir -p "${OUTPUT:=dist}"
  dpkg-deb --root-owner-group -Z"${COMPRESSION:-xz}" --build "$root" "$OUTPUT" >&2
}

main
