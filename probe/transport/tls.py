"""Builds SSL contexts, once per CA file: building one blocks the loop for 30 to 60 ms."""

import ssl
from pathlib import Path

from probe.config.authorities import trusted_file
from probe.transport.failure import LocalError


class TlsContexts:
    """One shared client context per CA file, which is built again when the file changes on disk.

    Which authorities those are is in `probe.config.authorities`.
    """

    def __init__(self) -> None:
        self._built: dict[str, tuple[int, ssl.SSLContext]] = {}

    def get(self, ca_file: Path | None) -> ssl.SSLContext:
        """Return the context.

        Raises LocalError when the file cannot be read or has no certificate.
        """
        try:
            return self._get(str(trusted_file(ca_file)))
        except OSError as error:  # ssl.SSLError is one
            raise LocalError(f"{ca_file or 'certifi'}: not a file of certificates") from error

    def _get(self, path: str) -> ssl.SSLContext:
        changed_ns = Path(path).stat().st_mtime_ns
        known = self._built.get(path)
        if known and known[0] == changed_ns:
            return known[1]
        context = ssl.create_default_context(cafile=path)
        context.set_alpn_protocols(["http/1.1"])
        self._built[path] = (changed_ns, context)
        return context
