"""Says which certificate authorities are trusted: those of a file, certifi's, or the system's.

ca_file:      trusted
not written   certifi's list, which is Mozilla's: the same on every machine
system        the list of this system, to which its administrators add authorities of their own
a path        the certificates in that file
"""

import os
import ssl
from functools import cache
from pathlib import Path

import certifi

SYSTEM = Path("system")
"""As `ca_file`: the system's list. A file of that name is written `./system`."""
_STORES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",  # older RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS, BSD
)


def trusted_file(ca_file: Path | None) -> Path:
    """Return the PEM file of the authorities that `ca_file` names.

    Raises FileNotFoundError when the system has no list.
    """
    if ca_file is None:
        return _of_certifi()
    return _of_system() if ca_file == SYSTEM else ca_file


@cache
def _of_certifi() -> Path:
    """Return certifi's file. Finding it opens a file, and later no descriptor may be left."""
    return Path(certifi.where())


def _of_system() -> Path:
    """Return the system's file: what SSL_CERT_FILE names, as for OpenSSL, or a known one."""
    named = os.environ.get(ssl.get_default_verify_paths().openssl_cafile_env)
    if named:
        return Path(named)
    known = (*_STORES, ssl.get_default_verify_paths().openssl_cafile)
    found = next((store for store in known if Path(store).is_file()), None)
    if found is None:
        raise FileNotFoundError("this system has no list of authorities where systems have theirs")
    return Path(found)
