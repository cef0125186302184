"""What the commands say to people, in French and in English. Closed words of the ledger (steps, reasons) stay as they are."""

from dataclasses import dataclass

from probe.config.models import Language


@dataclass(frozen=True, slots=True)
class Words:
    hub: str
    subject: str
    state: str
    since: str
    start: str
    end: str
    duration: str
    fault: str
    reason: str
    step: str
    code: str
    journey: str
    outcome: str
    time: str
    stated: str
    no_outage: str
    ongoing: str
    unknown_within: str
    at: str
    metrics_at: str
    story: str
    story_over: str
    last_events: str
    not_watched_yet: str
    held_at: str
    left: str
    summary: str
    config_good: str
    warning: str
    decimal: str


FR = Words(
    hub="Hub",
    subject="Objet",
    state="État",
    since="Depuis",
    start="Début",
    end="Fin",
    duration="Durée",
    fault="Imputable",
    reason="Motif",
    step="Étape",
    code="Code",
    journey="Parcours",
    outcome="Résultat",
    time="Temps",
    stated="Corrections",
    no_outage="Aucune indisponibilité constatée.",
    ongoing="en cours",
    unknown_within="{seconds} s inconnues",
    at="Heures en temps universel (UTC).",
    metrics_at="Métriques pour Prometheus : {url}",
    story="Scénario",
    story_over="Fin de la démonstration. Les indisponibilités constatées : vigie outages",
    last_events="Derniers constats",
    not_watched_yet="L'historique est vide : rien n'a encore été observé.",
    held_at="au {at}",
    left="{count} observation(s) attendent d'être écrites : la veille qui s'arrête, ou son prochain démarrage, les reprend dans {path}",
    summary="{hubs} hub(s), {idps} fournisseur(s) d'identité, {targets} parcours, {rate} par minute",
    config_good="{path} : configuration valide",
    warning="attention",
    decimal=",",
)

EN = Words(
    hub="Hub",
    subject="Subject",
    state="State",
    since="Since",
    start="Start",
    end="End",
    duration="Duration",
    fault="Whose fault",
    reason="Reason",
    step="Step",
    code="Code",
    journey="Journey",
    outcome="Outcome",
    time="Time",
    stated="Corrections",
    no_outage="No outage was seen.",
    ongoing="ongoing",
    unknown_within="{seconds} s unknown",
    at="Times are UTC.",
    metrics_at="Metrics for Prometheus: {url}",
    story="Scenario",
    story_over="The demo is over. The outages that were seen: vigie outages",
    last_events="Latest events",
    not_watched_yet="The history is empty: nothing was observed yet.",
    held_at="at {at}",
    left="{count} observation(s) wait to be written: the watch that is ending, or its next start, takes them from {path}",
    summary="{hubs} hub(s), {idps} identity provider(s), {targets} journeys, {rate} a minute",
    config_good="{path}: valid configuration",
    warning="warning",
    decimal=".",
)


def words(language: Language) -> Words:
    return EN if language is Language.EN else FR
