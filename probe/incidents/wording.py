"""The texts that the machine writes into the register, in French and in English."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.model import MACHINE, Fact, Scope
from probe.core.incident.situation import NegativeSample
from probe.core.incident.wording import DatedCause, ReopeningCause
from probe.core.judgement.past import ChangedSetting
from probe.texts import commands
from probe.texts import judgement as labels
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.details import sentence
from probe.texts.incidents import FLAG_STEPS, scope
from probe.texts.moments import PARIS
from probe.texts.subjects import titles_of
from probe.texts.why_unknown import unproven


def _proposal(step: FlagStep) -> Text:
    return Text("Désactivation {step}", "Deactivation {step}").format(step=FLAG_STEPS[step])


def _state(step: FlagStep, more: Text) -> Text:
    return Text("{step} : {more}", "{step}: {more}").format(step=FLAG_STEPS[step].capitalized(), more=more)


class RegisterTexts(Texts):
    """A `probe.core.incident.wording.Wording`, and the sentences on flags and alerts."""

    def __init__(self, language: str, timezone: str = PARIS, titles: Mapping[tuple[str, str], str] = MappingProxyType({})) -> None:
        """`titles`: those of the ledger's subjects, by hub and subject."""
        super().__init__(language, timezone)
        self.titles = titles

    facts = Vocabulary(
        {
            Fact.BEGAN: Text("Début du dysfonctionnement, selon l'historique", "Beginning of the trouble, by the ledger"),
            Fact.ENDED: Text("Fin du dysfonctionnement, selon l'historique", "End of the trouble, by the ledger"),
            Fact.VANISHED: Text(
                "L'historique a été rectifié : il n'y a pas eu d'interruption", "The ledger was corrected: there was no outage"
            ),
            Fact.REMOVED: Text("N'est plus surveillé", "No longer watched"),
            Fact.RECOVERED: Text(
                "Le fournisseur d'identité désactivé fonctionne de nouveau", "The deactivated identity provider works again"
            ),
        }
    )
    reopenings = Vocabulary(
        {
            ReopeningCause.AGAIN: Text("Le dysfonctionnement a repris", "The trouble is back"),
            ReopeningCause.LASTS: Text("Le dysfonctionnement dure encore", "The trouble still lasts"),
            ReopeningCause.APART: Text(
                "Le dysfonctionnement dure encore, l'incident qui le couvrait est terminé",
                "The trouble still lasts, and the incident that covered it is over",
            ),
        }
    )
    flag_steps = Vocabulary(
        {
            FlagStep.PROPOSED: _proposal(FlagStep.PROPOSED),
            FlagStep.APPROVED: _proposal(FlagStep.APPROVED),
            FlagStep.REJECTED: _proposal(FlagStep.REJECTED),
            FlagStep.DEACTIVATED: _state(FlagStep.DEACTIVATED, Text("la mire ne le propose plus", "the mire offers it no more")),
            FlagStep.RECOVERED: _state(
                FlagStep.RECOVERED, Text("fonctionne de nouveau, peut être réactivé", "works again, and may be reactivated")
            ),
            FlagStep.REACTIVATED: _state(FlagStep.REACTIVATED, Text("la mire le propose de nouveau", "the mire offers it again")),
            FlagStep.CLEARED: Text("Désactivation {step} : fonctionne de nouveau", "Deactivation {step}: it works again").format(
                step=FLAG_STEPS[FlagStep.CLEARED]
            ),
        }
    )
    by = Text("{step} par {author}", "{step} by {author}")
    because = Text("{step} : {reason}", "{step}: {reason}")
    decide = Text("Accepter : {approve} ; refuser : {reject}", "Approve: {approve}; reject: {reject}")
    own_change = Text(
        "Pendant cette indisponibilité, {change}. Elle continue jusqu'à un parcours réussi, ou jusqu'à sa correction.",
        "During this outage {change}. It goes on until a journey passes, or until it is corrected.",
    )
    cause_since = Text("À partir du {since} : {cause}", "From {since} on: {cause}")
    cause_until = Text("Du {since} au {until} : {cause}", "From {since} to {until}: {cause}")
    by_idps = Text("Par : {idps}", "Through: {idps}")
    acceptance_seen = Text("{what} (observation n° {number})", "{what} (observation no. {number})")
    alert_fires = Text("Alerte {name}", "Alert {name}")
    alert_over = Text("Alerte {name} terminée", "Alert {name} is over")
    alert_again = Text("Alerte {name} de nouveau active", "Alert {name} is active again")

    def title(self, about: Scope) -> str:
        """Return the title of an incident that the machine opens."""
        return scope(about, titles_of(about.hub, self.titles)).capitalized().in_language(self.language)

    def cause(self, dated: DatedCause, subject: str) -> str:
        """Return why the subject is or was unavailable, and when: step, reason and fault."""
        text = labels.cause(dated.cause, subject).in_language(self.language)
        if dated.until_us is None:
            return self.cause_since.format(since=self.zoned_instant(dated.since_us), cause=text)
        since, until = self.sentence_instant(dated.since_us), self.zoned_instant(dated.until_us)
        return self.cause_until.format(since=since, until=until, cause=text)

    def own_setting(self, changed: ChangedSetting) -> str:
        """Say that our own setting changed while an outage lasts, and until when that goes on."""
        return self.own_change.format(change=unproven(changed, self))

    def through(self, idps: Sequence[str]) -> str:
        """Say through which IdPs the hub's trouble shows; "" for none."""
        return self.by_idps.format(idps=", ".join(idps)) if idps else ""

    def fact(self, fact: Fact) -> str:
        """Say what was seen."""
        return self.facts[fact]

    def reopening(self, why: ReopeningCause) -> str:
        """Say why an incident is reopened."""
        return self.reopenings[why]

    def acceptance(self, seen: NegativeSample) -> str:
        """Say what the hub accepted, and which observation tells it."""
        what = sentence(seen.detail) if seen.detail else labels.negative(seen.name)
        return self.acceptance_seen.format(what=what.capitalized().in_language(self.language), number=seen.number)

    def flag_evidence(self, act: FlagAct, *, awaits: bool) -> str:
        """Say which step was taken; of one that `awaits` a person's decision, how to decide."""
        if not awaits:
            return self.flag_step(act)
        ways = {"approve": commands.approve(act.hub, act.idp), "reject": commands.reject(act.hub, act.idp)}
        decide = self.decide.format(**{way: command.in_language(self.language) for way, command in ways.items()})
        return f"{self.flag_step(act)}\n{decide}"

    def flag_step(self, act: FlagAct) -> str:
        """Say which step of a deactivation was taken, by whom and why."""
        text = self.flag_steps[act.step]
        if act.author != MACHINE:
            text = self.by.format(step=text, author=act.author)
        return self.because.format(step=text, reason=act.reason) if act.reason else text
