"""Texts of the commands that watch and show states, in French and in English."""

from probe.texts.accounts import STATES as ACCOUNT_STATES
from probe.texts.bilingual import Text, Texts
from probe.texts.columns import (
    AFFECTED,
    AND_MORE,
    COLON,
    CORRECTIONS,
    DECIMAL,
    END,
    HUB,
    IDP,
    NAME,
    NOTHING_OBSERVED,
    OBSERVATION_NO,
    ONGOING,
    REASON,
    SINCE,
    START,
    STATE,
    STEP,
    SUBJECT,
    UNKNOWN_BECAUSE,
)
from probe.texts.families import DEAD_FAMILY
from probe.texts.judgement import AT_FAULT, CONDITIONS, FAULTS, HOLDS, KINDS, OUTCOMES, STATES


class CommandTexts(Texts):
    """Of `vigie status`, `outages`, `claims`, `check`, `journey`, `config check` and `demo`."""

    colon = COLON
    states = STATES
    holds = HOLDS
    conditions = CONDITIONS
    outcomes = OUTCOMES
    kinds = KINDS
    faults = FAULTS
    hub = HUB
    subject = SUBJECT
    state = STATE
    since = SINCE
    start = START
    end = END
    duration = Text("Durée", "Duration")
    fault = AT_FAULT
    reason = REASON
    step = STEP
    to_do = Text("{told} ; à faire : {what}", "{told}; what to do: {what}")
    affected = AFFECTED
    unknown_because = UNKNOWN_BECAUSE
    code = Text("Code", "Code")
    journey = Text("Parcours", "Journey")
    outcome = Text("Résultat", "Outcome")
    time = Text("Temps", "Time")
    stated = CORRECTIONS
    name = NAME
    number = Text("N°", "No.")
    vantage = Text("Point de vue", "Vantage")
    error_id = Text("Identifiant d'erreur", "Error id")
    observation_no = OBSERVATION_NO
    no_observation_kept = Text(
        "Ses observations ne sont pas, ou plus, dans l'historique : elles sont supprimées après la durée de conservation (retention).",
        "Its observations are not, or no longer, in the ledger: they are deleted after the retention time (retention).",
    )
    more_observations = Text("Les {shown} premières sur {count} (--limit).", "The first {shown} of {count} (--limit).")
    no_outage = Text("Aucune indisponibilité constatée.", "No outage was seen.")
    ongoing = ONGOING
    perhaps_ongoing = Text("inconnue : plus observée depuis le {since}", "unknown: not observed since {since}")
    unknown_within = Text("{duration} de temps inconnu", "{duration} unknown")
    metrics_at = Text("Métriques pour Prometheus : {url}", "Metrics for Prometheus: {url}")
    story = Text("Scénario", "Scenario")
    story_over = Text(
        "Fin de la démonstration. Les indisponibilités constatées : vigie outages",
        "The demo is over. The outages that were seen: vigie outages",
    )
    last_events = Text("Derniers constats", "Latest events")
    and_more = AND_MORE
    dead_family = DEAD_FAMILY
    not_watched_yet = NOTHING_OBSERVED
    no_watch = Text(
        "! Rien n'est observé depuis le {latest} : aucune veille (vigie run) n'écrit plus dans cet historique.",
        "! Nothing has been observed since {latest}: no watch (vigie run) writes into this ledger any more.",
    )
    held_at = Text("État au {at}.", "State at {at}.")
    unwatched = Text(
        "nul ne peut dire si C3 a lieu : tuile que personne ne surveille", "nobody can tell whether C3 holds: a tile nobody watches"
    )
    one_round = Text(
        "Un tour jugé pour lui-même, avec les réglages dont l'historique sait qu'ils ont réussi. "
        "La veille juge aussi par les tours d'avant : vigie status dit ce qu'elle constate.",
        "One round, judged by itself, with the settings of which the ledger knows that they passed. "
        "The watch judges by earlier rounds too: vigie status says what it finds.",
    )
    one_round_alone = Text(
        "Un tour jugé pour lui-même, sans historique : aucun réglage n'a encore fait ses preuves, et ce qui dépend d'eux n'est pas "
        "concluant. La veille (vigie run) juge aussi par ce qui a déjà réussi, et peut conclure autrement.",
        "One round, judged by itself, without a ledger: no setting has passed yet, and what depends on them is inconclusive. "
        "The watch (vigie run) judges by what has passed before, too, and may conclude otherwise.",
    )
    nothing_passed = Text(
        "Rien n'a encore réussi avec ces réglages : ce qui dépend d'eux n'est pas compté comme une panne",
        "Nothing has passed yet with these settings: what depends on them is not counted as an outage",
    )
    left = Text(
        "{count} observation(s) attendent d'être écrites : la veille qui s'arrête, ou son prochain démarrage, les reprend dans {path}",
        "{count} observation(s) wait to be written: the watch that is ending, or its next start, takes them from {path}",
    )
    summary = Text(
        "{hubs} hub(s), {idps} fournisseur(s) d'identité, {targets} parcours, {rate} par minute",
        "{hubs} hub(s), {idps} identity provider(s), {targets} journeys, {rate} a minute",
    )
    logins = Text(
        "compte de {idps} : {regular} connexions par jour, {most} au plus avec les vérifications",
        "account of {idps}: {regular} logins a day, {most} at most with everything that is asked again",
    )
    login_budget = Text("{logins} ; budget : {budget}", "{logins}; budget: {budget}")
    login_budget_part = Text("{logins} ; budget : {budget}, dont {part} d'ici", "{logins}; budget: {budget}, {part} of it from here")
    logins_used = Text(
        "connexions aujourd'hui : {used} sur {part} (compte de {idps} ; {regular} par jour quand tout va bien)",
        "logins today: {used} of {part} (account of {idps}; {regular} a day when all is well)",
    )
    logins_spent = Text(
        "! budget de connexions épuisé : {used} sur {part} (compte de {idps}) ; plus de connexion avant minuit",
        "! login budget spent: {used} of {part} (account of {idps}); no more logins before midnight",
    )
    credential = Text("{whose} : {what}, {state} (fin : {end})", "{whose}: {what}, {state} (end: {end})")
    config_good = Text("{path} : configuration valide", "{path}: valid configuration")
    warning = Text("attention", "warning")
    idp = IDP
    account = Text("Compte (sub)", "Account (sub)")
    level = Text("Niveau", "Level")
    claims_came = Text("Données reçues", "Claims that came")
    claims_absent = Text("Non reçues (✖ : ne viennent plus)", "Not received (✖: came before)")
    claims_not_come = Text("Non reçues", "Not received")
    account_states = ACCOUNT_STATES
    account_differs = Text("autre que par les autres fournisseurs d'identité", "not the one of the other identity providers")
    no_identity_yet = Text("Aucune identité reçue.", "No identity has come yet.")
    decimal = DECIMAL
