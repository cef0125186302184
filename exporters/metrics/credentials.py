"""Shows when the prober's credentials end, and how near that is."""

from collections.abc import Mapping

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart
from probe.core.credentials import Credential, Validity


class CredentialMeters(CachedPart):
    """The metrics of the credentials whose end is known."""

    def __init__(self) -> None:
        super().__init__()
        self._ends = self.gauge(names.CREDENTIAL_END)
        self._validity = self.gauge(names.CREDENTIAL_VALIDITY)
        self._shown: Mapping[Credential, Validity] = {}

    def show(self, credentials: Mapping[Credential, Validity]) -> None:
        """Show these credentials and no others."""
        if credentials == self._shown:
            return
        self._ends.clear()
        self._validity.clear()
        for credential, validity in credentials.items():
            labels = credential.hub, credential.client, credential.idp, credential.kind
            self._ends.labels(*labels).set(credential.ends_us / 1_000_000)
            self._validity.labels(*labels).set(validity)
        self._shown = dict(credentials)
        self.touch()
