"""Puts refusals and errors of the commands into the language of whoever reads.

The program raises its errors in English, as it writes its logs, and so does click. At the edge,
where a person reads them, each line is put into French by the templates below and those of
`probe.texts.config_problems`: a name in braces stands for what differs, and `message` for a text
that is translated itself. A line that no template knows stays in English: it is never lost. Machine
codes, paths, keys and values stay as they are.
"""

import re
from functools import cache

from probe.texts.bilingual import Language, Text
from probe.texts.config_problems import CONFIG_PROBLEMS

_OPTIONS_OF_INIT = [
    "--hub-host",
    "--proxy",
    "--ca-file",
    "--name",
    "--control",
    "--profile",
    "--client-id",
    "--issuer",
    "--redirect-uri",
    "--scope",
    "--acr",
]
COMMAND_REFUSALS: tuple[Text, ...] = (
    Text(
        "{name} n'a pas de compte (account:) dans la configuration, par lequel se connecter",
        "{name} has no account: in the configuration, with which it could log in",
    ),
    *(Text(f"{option} : {{message}}", f"{option}: {{message}}") for option in _OPTIONS_OF_INIT),
    Text("--learn ne prend que --hub et --confirm", "--learn takes --hub and --confirm alone"),
    Text(
        "{path} : existe déjà : choisir un autre fichier par --output, ou l'écraser par --force",
        "{path}: is there already: choose another file with --output, or overwrite it with --force",
    ),
    Text("sans terminal où demander, il faut : {options}", "without a terminal to ask at, these are needed: {options}"),
    Text("Usage : {message}", "Usage: {message}"),
    Text("Erreur : {message}", "Error: {message}"),
    Text("vigie : {message}", "vigie: {message}"),
    Text("Essayer « {command} » pour l'aide.", "Try '{command}' for help."),
    Text("Valeur refusée : {message}", "Invalid value: {message}"),
    Text("Valeur refusée pour {name} : {message}", "Invalid value for {name}: {message}"),
    Text("Valeur refusée pour {name} (variable : {variable}) : {message}", "Invalid value for {name} (env var: {variable}): {message}"),
    Text("Il manque :", "These are missing:"),
    Text("Il manque l'option {name} (variable : {variable}).", "Missing option {name} (env var: {variable})."),
    Text("{name} ne fait pas partie de : {known} (voulait-on dire {hint} ?)", "{name} is none of: {known} (did you mean {hint}?)"),
    Text(
        "{name} n'est pas dans l'historique, qui connaît : {known} (voulait-on dire {hint} ?)",
        "{name} is not in the ledger, which knows: {known} (did you mean {hint}?)",
    ),
    Text("l'indisponibilité est nommée : {options} sont pour la liste", "the outage is named: {options} are for the list"),
    Text("la fin doit être après le début", "the end must be after the start"),
    Text("Il manque une commande.", "Missing command."),
    Text("Il manque l'option {name}. Au choix :", "Missing option {name}. Choose from:"),
    Text("Il manque l'option {name}.", "Missing option {name}."),
    Text("Il manque l'argument {name}.", "Missing argument {name}."),
    Text("Il manque le paramètre : {name}", "Missing parameter: {name}"),
    Text("Il n'y a pas d'option {name}. Voulait-on dire {other} ?", "No such option {name}. Did you mean {other}?"),
    Text("Il n'y a pas d'option {name}. (Voulait-on dire l'une de : {other} ?)", "No such option {name}. (Did you mean one of: {other}?)"),
    Text("Il n'y a pas d'option {name}.", "No such option {name}."),
    Text("Il n'y a pas d'option {name}", "No such option: {name}"),
    Text("Il n'y a pas de commande {name}. Voulait-on dire {other} ?", "No such command {name}. Did you mean {other}?"),
    Text(
        "Il n'y a pas de commande {name}. (Voulait-on dire l'une de : {other} ?)", "No such command {name}. (Did you mean one of: {other}?)"
    ),
    Text("Il n'y a pas de commande {name}.", "No such command {name}."),
    Text("Un argument de trop ({name})", "Got unexpected extra argument ({name})"),
    Text("Des arguments de trop ({name})", "Got unexpected extra arguments ({name})"),
    Text("L'option {name} demande une valeur.", "Option {name} requires an argument."),
    Text("L'option {name} demande {count} valeurs.", "Option {name} requires {count} arguments."),
    Text("L'option {name} ne prend pas de valeur.", "Option {name} does not take a value."),
    Text("{value} ne fait pas partie de : {choices}.", "{value} is not one of {choices}."),
    Text("{value} n'est pas {choice}.", "{value} is not {choice}."),
    Text("{value} n'est pas un nombre entier.", "{value} is not a valid integer range."),
    Text("{value} n'est pas un nombre entier.", "{value} is not a valid integer."),
    Text("{value} n'est pas un nombre.", "{value} is not a valid float range."),
    Text("{value} n'est pas un nombre.", "{value} is not a valid float."),
    Text("{value} n'est pas dans l'intervalle {range}.", "{value} is not in the range {range}."),
    Text("{kind} {name} n'existe pas.", "{kind} {name} does not exist."),
    Text("{kind} {name} est un dossier.", "{kind} {name} is a directory."),
    Text("{kind} {name} n'est pas lisible.", "{kind} {name} is not readable."),
    Text("{kind} {name} n'est pas modifiable.", "{kind} {name} is not writable."),
    Text("Le fichier {name} ne peut pas être ouvert : {why}", "Could not open file {name}: {why}"),
    Text(
        "vigie upgrade ne change rien : ajoutez --check. `vigie run` et `vigie store migrate` mettent l'historique à jour",
        "vigie upgrade changes nothing: add --check. `vigie run` and `vigie store migrate` bring the store up",
    ),
    Text("{name} ne fait pas partie de : {known}", "{name} is none of: {known}"),
    Text("{name} n'est pas dans l'historique, qui ne connaît aucun hub", "{name} is not in the ledger, which knows: no hub"),
    Text("{name} n'est pas dans l'historique, qui connaît : {known}", "{name} is not in the ledger, which knows: {known}"),
    Text("le hub {name} n'est pas dans l'historique, qui ne connaît aucun hub", "hub {name} is not in the ledger, which knows: no hub"),
    Text("le hub {name} n'est pas dans l'historique, qui connaît : {known}", "hub {name} is not in the ledger, which knows: {known}"),
    Text("est dans le futur", "is in the future"),
    Text("{name} n'est ni `rolling` ni `year=AAAA`", "{name} is neither `rolling` nor `year=YYYY`"),
    Text("l'année {year} n'a pas commencé", "the year {year} has not begun"),
    Text("{year} n'est pas une année", "{year} is not a year"),
    Text(
        "l'historique ne connaît pas d'indisponibilité {name} : voir `vigie outages --json`",
        "the ledger knows no outage {name}: see `vigie outages --json`",
    ),
    Text(
        "l'historique ne connaît pas d'indisponibilité {name} : voir `vigie outages --json` (voulait-on dire {hint} ?)",
        "the ledger knows no outage {name}: see `vigie outages --json` (did you mean {hint}?)",
    ),
    Text("{path} : existe déjà : --force l'écrase", "{path}: exists already: --force overwrites it"),
    Text("l'historique ne connaît pas d'indisponibilité {name}", "the ledger knows no outage {name}"),
    Text("l'historique n'a pas d'observation {number}", "the ledger has no observation {number}"),
    Text("il n'y a pas d'observation {number}", "there is no observation {number}"),
    Text(
        "{text} ne désigne pas d'indisponibilité : l'écrire comme `vigie outages`, HUB/OBJET@DÉBUT",
        "{text} names no outage: write it as `vigie outages` does, HUB/SUBJECT@START",
    ),
    Text("--as manque : up ou unknown", "--as is missing: up or unknown"),
    Text("soit OUTAGE, soit --hub, --subject, --from et --to", "either OUTAGE, or --hub, --subject, --from and --to"),
    Text(
        "il faut OUTAGE, ou --hub, --subject, --from et --to ensemble", "OUTAGE, or all of --hub, --subject, --from and --to, must be given"
    ),
    Text("--withdraw ne prend que --hub, --author et --reason", "--withdraw takes --hub, --author and --reason alone"),
    Text("OUTAGE nomme son hub : --hub sert à la liste", "OUTAGE names its hub: --hub is for the list"),
    Text("la fédération simulée n'a pas démarré : voir {path}", "the embedded federation did not start: see {path}"),
    Text("la fédération simulée ne répond plus : voir {path}", "the embedded federation does not answer any more: see {path}"),
    Text("{path} : la démonstration ne peut pas garder ses fichiers ici : {why}", "{path}: the demo cannot keep its files here: {why}"),
    Text("{path} : ne peut pas être écrit : {why}", "{path}: cannot be written: {why}"),
    Text("{path} : ne peut pas être lu : {why}", "{path}: cannot be read: {why}"),
    Text("{path} : dépasse {most} octets", "{path}: is larger than {most} bytes"),
    Text("{path} : n'est pas la sauvegarde d'un store de Vigie : {why}", "{path}: is no backup of a Vigie store: {why}"),
    Text("{path} : n'est pas la sauvegarde d'un store de Vigie", "{path}: is no backup of a Vigie store"),
    Text("{path} : est incomplet : la fin manque", "{path}: is not complete: its end is missing"),
    Text(
        "le store n'est pas vide : il y a des lignes dans {tables} ; restaurer dans un store neuf",
        "the store is not empty: there are rows in {tables}; restore into a new store",
    ),
    Text("soit --json, soit --watch", "either --json or --watch"),
    Text("soit --all, soit --state", "either --all or --state"),
    Text("soit --retry, soit --drop", "either --retry or --drop"),
    Text("il y a plusieurs hubs, dire --hub : {known}", "there are several hubs, say --hub: {known}"),
    Text(
        "plusieurs hubs proposent {name} : en choisir un par --hub ({known})", "several hubs offer {name}: choose one with --hub ({known})"
    ),
    Text("doit désigner les messages d'un incident : SYSTÈME/VIGIE-n", "names one incident's letters: SYSTEM/VIGIE-n"),
    Text(
        "aucun message abandonné ne s'appelle {name} : voir `vigie incidents outbox`",
        "no dead letter is called {name}: see `vigie incidents outbox`",
    ),
    Text("{name} n'est pas un système de tickets : il n'y en a aucun", "{name} is none of the ticket systems: there is none"),
    Text("{name} ne fait pas partie des systèmes de tickets : {known}", "{name} is none of the ticket systems: {known}"),
    Text("{text} est avant 1970", "{text} is before 1970"),
    Text("{text} n'est pas un instant : l'écrire comme {example} ou {other}", "{text} is no instant: write it as {example} or {other}"),
    Text("{client} se connecte chez : {known} ; et non chez {name}", "{client} logs in at: {known}; not at {name}"),
    Text("{name} est le nom de la machine", "{name} is the machine's own name"),
    Text("{value} ne désigne pas d'incident : écrire 12 ou VIGIE-12", "{value} names no incident: write 12, or VIGIE-12"),
    Text("n'est pas de l'UTF-8 sur l'entrée standard", "is not UTF-8 on standard input"),
    Text(
        "il n'y a pas de ./vigie.yml : en faire un par `vigie init`, en nommer un par --config ou VIGIE_CONFIG, ou essayer `vigie demo`",
        "there is no ./vigie.yml: make one with `vigie init`, name one with --config or VIGIE_CONFIG, or try `vigie demo`",
    ),
    Text("{path} : n'est pas de l'UTF-8", "{path}: is not UTF-8"),
    Text("il n'y a pas d'incident {number}", "there is no incident {number}"),
    Text("{month} n'est pas un mois : l'écrire comme 2026-11", "{month} is no month: write it as 2026-11"),
    Text("{month} n'a pas commencé", "{month} has not begun"),
    Text("l'instant de l'acte est dans le futur", "the instant of the act is in the future"),
    Text("le début du dysfonctionnement est dans le futur", "the beginning of the trouble is in the future"),
    Text("la fin du dysfonctionnement est dans le futur", "the end of the trouble is in the future"),
    Text("le dysfonctionnement ne peut pas finir avant d'avoir commencé", "the trouble cannot end before it began"),
    Text(
        "{name} a un acte plus récent : on ne peut pas en ajouter un avant lui", "{name} has a later act: an act cannot be added before it"
    ),
    Text("le hub {name} n'est pas configuré, seulement : {known}", "hub {name} is not configured, only: {known}"),
    Text("le hub {hub} n'a pas de fournisseur d'identité {name}, seulement : {known}", "hub {hub} has no IdP {name}, only: {known}"),
    Text("le registre n'a pas pu être lu : {why}", "the register could not be read: {why}"),
    Text("le registre n'a pas pu être écrit : {why}", "the register could not be written: {why}"),
    Text("l'historique n'a pas pu être lu : {why}", "the ledger could not be read: {why}"),
    Text("l'historique n'a pas pu être écrit : {why}", "the ledger could not be written: {why}"),
    Text("le store n'a pas pu être lu : {why}", "the store could not be read: {why}"),
    Text("le store n'a pas pu être écrit : {why}", "the store could not be written: {why}"),
    Text("l'historique contient ce que Vigie n'a pas écrit ({why})", "the ledger holds what Vigie did not write ({why})"),
    Text(
        "dire comment la résolution a été confirmée : spoken (de vive voix) ou written (par écrit)",
        "say how the resolution was confirmed: spoken or written",
    ),
    Text(
        "{name} est résolu : seul un incident non résolu se ferme d'un commun accord",
        "{name} is resolved: only an unresolved incident is closed by agreement",
    ),
    Text("les deux parties s'accordent par écrit", "both parties agree in writing"),
    Text("{name} n'attend pas de réponse du fournisseur d'identité", "{name} does not wait for an answer of the IdP"),
    Text("{name} n'attend pas le fournisseur d'identité", "{name} does not wait for the IdP"),
    Text("le fournisseur d'identité n'a pas été prévenu de la résolution", "the IdP was not told of the resolution"),
    Text("il n'y a pas de tel incident", "there is no such incident"),
    Text("un acte a un auteur", "an act has an author"),
    Text("« {name} » revient aux personnes", "« {name} » is for people"),
    Text("« {name} » est noté par Vigie seule", "« {name} » is recorded by Vigie alone"),
    Text("« {name} » : seules des personnes ferment ainsi", "« {name} » is for people to close by"),
    Text("« {act} » : le champ {name} manque ou n'est pas valide", "« {act} »: the field {name} is missing or invalid"),
    Text("{name} existe déjà", "{name} is there already"),
    Text("{name} est déjà pris en compte", "{name} is acknowledged already"),
    Text("{name} est ouvert", "{name} is open"),
    Text("{name} n'est pas résolu", "{name} is not resolved"),
    Text("{name} est résolu : le rouvrir d'abord", "{name} is resolved: reopen it first"),
    Text("{name} est fermé", "{name} is closed"),
    Text("{name} a été fusionné dans un autre", "{name} was merged into another"),
    Text("{name} a déjà la sévérité {severity}", "{name} has severity {severity} already"),
    Text("dire pourquoi la sévérité est abaissée", "say why the severity is lowered"),
    Text("{name} est déjà bloquant", "{name} is blocking already"),
    Text("{name} est déjà non bloquant", "{name} is not blocking already"),
    Text("{name} n'est pas son propre doublon", "{name} is no duplicate of itself"),
    Text("{name} ne se lie pas à lui-même", "{name} is not linked to itself"),
    Text(
        "{path} : il n'y a pas d'historique ici (lancer d'abord `vigie run` ou `vigie demo`)",
        "{path}: there is no ledger here (start `vigie run` or `vigie demo` first)",
    ),
    Text("{path} : ne peut pas être ouvert : {why}", "{path}: cannot be opened: {why}"),
    Text(
        "l'observation {number} a été supprimée à la fin de sa durée de conservation",
        "observation {number} was deleted when its retention time was over",
    ),
    Text("{message} ({code})", "{message} ({code})"),
)

_LONGEST = 4_000
"""A longer line is left in English."""
_FIELD = re.compile(r"\\\{(\w+)\\\}")
_NAMED = re.compile(r"\{\w+\}")
_HINT = Text(" (voulait-on dire {hint} ?)", " (did you mean {hint}?)")
_DEEPEST = 4  # texts within texts


def problem(message: str, language: Language) -> str:
    """Return what is wrong with a configuration, in a language.

    A value that follows, and a name that may have been meant, stay as they are.
    """
    return _matched(message, language, CONFIG_PROBLEMS)


def refusal(text: str, language: Language) -> str:
    """Return a refusal or an error of a command, of one line or several, in a language."""
    return "\n".join(_line(line, language) for line in text.split("\n"))


def _line(line: str, language: Language, depth: int = 0) -> str:
    if language is Language.EN or len(line) > _LONGEST or depth > _DEEPEST:
        return line
    for text in _most_literal_first(COMMAND_REFUSALS):
        if (found := _pattern(text.en).fullmatch(line)) is not None:
            fields = found.groupdict()
            if "message" in fields:
                inner = _line(fields["message"], language, depth + 1)
                if inner == fields["message"] and text.en.startswith("{"):
                    continue
                fields["message"] = inner
            return text.format(**fields).in_language(language)
    return problem(line, language)


def _matched(message: str, language: Language, texts: tuple[Text, ...]) -> str:
    if language is Language.EN or len(message) > _LONGEST:
        return message
    for text in _most_literal_first(texts):
        found = _pattern(text.en, tail=True).fullmatch(message)
        if found is not None:
            fields = found.groupdict()
            hint, value = fields.pop("hint_", None), fields.pop("value_", None)
            told = text.format(**fields)
            told = Text(told.fr + (_HINT.fr.format(hint=hint) if hint else "") + (f" {value}" if value else ""), told.en)
            return told.in_language(language)
    return message


@cache
def _most_literal_first(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Return the templates in the order in which they are tried: a text that introduces another one
    first, then what is more precise.
    """
    return tuple(sorted(texts, key=lambda text: (not text.en.endswith(": {message}"), -len(_NAMED.sub("", text.en)))))


@cache
def _pattern(template: str, *, tail: bool = False) -> re.Pattern[str]:
    """Return the pattern of a template. `tail`: a hint and a value may follow."""
    pattern = _FIELD.sub(lambda field: f"(?P<{field[1]}>{'[a-z_]+' if field[1] == 'code' else '.+?'})", re.escape(template))
    return re.compile(pattern + (r"(?: \(did you mean (?P<hint_>'[^']*')\?\))?(?P<value_>: .*)?" if tail else ""), re.DOTALL)
