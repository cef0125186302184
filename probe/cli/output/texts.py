"""Texts of the commands that watch and show states, in French and in English."""

from probe.texts.bilingual import Text, Texts
from probe.texts.judgement import AT_FAULT, CONDITIONS, FAULTS, HOLDS, KINDS, OUTCOMES, STATES


class CommandTexts(Texts):
    """Of `vigie status`, `outages`, `check`, `journey`, `config check` and `demo`."""

    colon = Text(" :", ":")
    states = STATES
    holds = HOLDS
    conditions = CONDITIONS
    outcomes = OUTCOMES
    kinds = KINDS
    faults = FAULTS
    hub = Text("Hub", "Hub")
    subject = Text("Objet", "Subject")
    state = Text("État", "State")
    since = Text("Depuis", "Since")
    start = Text("Début", "Start")
    end = Text("Fin", "End")
    duration = Text("Durée", "Duration")
    fault = AT_FAULT
    reason = Text("Motif", "Reason")
    step = Text("Étape", "Step")
    code = Text("Code", "Code")
    journey = Text("Parcours", "Journey")
    outcome = Text("Résultat", "Outcome")
    time = Text("Temps", "Time")
    stated = Text("Corrections", "Corrections")
    name = Text("Nom", "Name")
    number = Text("N°", "No.")
    vantage = Text("Point de vue", "Vantage")
    error_id = Text("Identifiant d'erreur", "Error id")
    observation_no = Text("Observation n° {number}", "Observation no. {number}")
    no_observation_kept = Text(
        "Ses observations ne sont pas, ou plus, dans l'historique : elles sont supprimées après la durée de conservation (retention).",
        "Its observations are not, or no longer, in the ledger: they are deleted after the retention time (retention).",
    )
    more_observations = Text("Les {shown} premières sur {count} (--limit).", "The first {shown} of {count} (--limit).")
    no_outage = Text("Aucune indisponibilité constatée.", "No outage was seen.")
    ongoing = Text("en cours", "ongoing")
    unknown_within = Text("{seconds} s inconnues", "{seconds} s unknown")
    at = Text("Heures en temps universel (UTC).", "Times are UTC.")
    metrics_at = Text("Métriques pour Prometheus : {url}", "Metrics for Prometheus: {url}")
    story = Text("Scénario", "Scenario")
    story_over = Text(
        "Fin de la démonstration. Les indisponibilités constatées : vigie outages",
        "The demo is over. The outages that were seen: vigie outages",
    )
    last_events = Text("Derniers constats", "Latest events")
    not_watched_yet = Text("L'historique est vide : rien n'a encore été observé.", "The ledger is empty: nothing was observed yet.")
    held_at = Text("au {at}", "at {at}")
    left = Text(
        "{count} observation(s) attendent d'être écrites : la veille qui s'arrête, ou son prochain démarrage, les reprend dans {path}",
        "{count} observation(s) wait to be written: the watch that is ending, or its next start, takes them from {path}",
    )
    summary = Text(
        "{hubs} hub(s), {idps} fournisseur(s) d'identité, {targets} parcours, {rate} par minute",
        "{hubs} hub(s), {idps} identity provider(s), {targets} journeys, {rate} a minute",
    )
    config_good = Text("{path} : configuration valide", "{path}: valid configuration")
    warning = Text("attention", "warning")
    decimal = Text(",", ".")
