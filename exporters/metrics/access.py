"""Shows what the prober logs in with: the logins of the day, and the ends of its credentials."""

from collections.abc import Callable, Iterator, Mapping

from exporters.metrics.credentials import CredentialMeters
from exporters.metrics.exposition import CachedPart
from exporters.metrics.logins import LoginMeters
from probe.core.credentials import Credential, Validity
from probe.core.login_budget import LoginsOfDay, Run


class AccessMeters:
    """The metrics of accounts and credentials, whose values pass with time alone.

    `logins` returns the logins of today, by hub and IdP, and `credentials` the credentials whose
    end is known. Both are asked at every reading.
    """

    def __init__(self) -> None:
        self.logins: Callable[[], Mapping[tuple[str, str], LoginsOfDay]] = dict
        self.credentials: Callable[[], Mapping[Credential, Validity]] = dict
        self._logins = LoginMeters()
        self._credentials = CredentialMeters()

    def parts(self, vantage: str) -> Iterator[CachedPart]:
        """Yield the parts of the page, as they are now."""
        self._logins.show(vantage, self.logins())
        yield self._logins
        self._credentials.show(self.credentials())
        yield self._credentials

    def withheld(self, vantage: str, hub: str, idp: str, run: Run) -> None:
        """Count a login that the account's budget did not admit."""
        self._logins.show(vantage, self.logins())
        self._logins.withheld(hub, idp, run)
