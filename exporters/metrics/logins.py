"""Shows how many logins the IdPs' accounts made today, and how many may still be made."""

from collections.abc import Mapping

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart
from probe.core.login_budget import LoginsOfDay, Run


class LoginMeters(CachedPart):
    """The metrics of the logins that the IdPs' accounts make."""

    def __init__(self) -> None:
        super().__init__()
        self._made = self.gauge(names.LOGINS_TODAY)
        self._regular = self.gauge(names.REGULAR_LOGINS)
        self._budget = self.gauge(names.LOGIN_BUDGET)
        self._withheld = self.counter(names.LOGINS_WITHHELD)
        self._shown: tuple[str, Mapping[tuple[str, str], LoginsOfDay]] = ("", {})

    def show(self, vantage: str, logins: Mapping[tuple[str, str], LoginsOfDay]) -> None:
        """Show these logins of today, by hub and IdP, and no others."""
        if (vantage, logins) == self._shown:
            return
        before = {(*member, self._shown[0]) for member in self._shown[1]}
        for labels in before - {(*member, vantage) for member in logins}:
            for gauge in (self._made, self._regular, self._budget):
                gauge.remove(*labels)
            for run in Run:
                self._withheld.remove(*labels, run)
        for member, today in logins.items():
            self._made.labels(*member, vantage).set(today.used)
            self._regular.labels(*member, vantage).set(today.regular)
            self._budget.labels(*member, vantage).set(today.part or 0)
            for run in Run:
                self._withheld.labels(*member, vantage, run)
        self._shown = vantage, dict(logins)
        self.touch()

    def withheld(self, hub: str, idp: str, run: Run) -> None:
        """Count a login that the budget did not admit."""
        if (hub, idp) in self._shown[1]:
            self._withheld.labels(hub, idp, self._shown[0], run).inc()
            self.touch()
