"""Texts of `vigie availability` and the commands that correct, in French and in English."""

from fractions import Fraction

from probe.core.judgement.spec import Edge
from probe.core.sla.availability import percent
from probe.texts.bilingual import Row, Text, Texts, Vocabulary
from probe.texts.columns import COLON, DECIMAL, NOTHING_OBSERVED
from probe.texts.durations import duration
from probe.texts.figure import ACTS, UNKNOWN_TIME


class FigureTexts(Texts):
    """Of the commands that tell or change the figure, and of `verify`, `replay` and `import`."""

    decimal = DECIMAL
    colon = COLON
    width = 26
    availability = Text("Disponibilité", "Availability")
    before = Text("  avant corrections", "  before corrections")
    met = Text("objectif de {goal} tenu", "goal of {goal} met")
    missed = Text("objectif de {goal} manqué", "goal of {goal} missed")
    too_little = Text("pas assez de temps connu (il en faut {least})", "not enough known ({least} is needed)")
    no_verdict = Text("rien n'est connu", "nothing is known")
    unknown_time = Text("Si l'inconnu est compté", "If unknown is counted")
    readings = UNKNOWN_TIME
    bounds = Text("Bornes de l'inconnu", "Bounds of the unknown")
    between = Text("de {low} à {high}", "from {low} to {high}")
    coverage = Text("Temps connu", "Known time")
    complete = Text("période complète", "complete period")
    not_recorded = Text("aucun historique sur cette période", "nothing recorded in this period")
    incomplete = Text("incomplète, depuis le {since}", "incomplete, since {since}")
    down = Text("Indisponibilité", "Downtime")
    unknown = Text("Inconnu", "Unknown")
    unknown_of_idps = Text("Pourquoi l'état d'un fournisseur d'identité était inconnu", "Why an identity provider's state was unknown")
    too_much_unknown = Text("Temps inconnu au-delà des {limit} tolérés", "Unknown time beyond the {limit} that are tolerated")
    edges = Text(
        "débuts et fins : {count}, connus à {uncertainty} près en tout",
        "starts and ends: {count}, known within {uncertainty} in all",
    )
    edge_rule = Text("Fin d'une indisponibilité", "End of an outage")
    edge_rules = Vocabulary(
        {
            Edge.START: Text(
                "à partir du {since} : au début de la première observation réussie",
                "from {since}: at the start of the first good observation",
            ),
            Edge.FINISH: Text(
                "à partir du {since} : à la fin de la première observation réussie",
                "from {since}: at the finish of the first good observation",
            ),
        }
    )
    blips = Text("Échecs non confirmés", "Failures not confirmed")
    excluded = Text("Exclu", "Excluded")
    imported = Text("Importé", "Imported")
    budget = Text("Budget", "Budget")
    left = Text("reste {left}", "{left} left")
    allowed = Text("encore permis d'affilée : {allowed}", "still allowed at a stretch: {allowed}")
    oldest = Text("La plus ancienne sort le", "The oldest outage leaves on")
    legend = Text(
        "█ disponible   ✖ indisponible   ? inconnu   - exclu   · sans historique",
        "█ available   ✖ unavailable   ? unknown   - excluded   · not recorded",
    )
    idp_columns = Row(
        Text("Fournisseur d'identité", "Identity provider"),
        Text("Disponibilité", "Availability"),
        Text("", ""),
        Text("Avant corrections", "Before corrections"),
        Text("Plus basse", "Lowest"),
        Text("Plus haute", "Highest"),
        Text("Temps connu", "Known time"),
        Text("Indisponible", "Unavailable"),
        Text("Inconnu", "Unknown"),
        Text("Budget restant", "Budget left"),
        Text("Non confirmés", "Not confirmed"),
    )
    acts = ACTS
    withdrawn = Text("retiré", "withdrawn")
    late_change = Text(
        "Changement annoncé moins de six mois avant : {title} (prévu le {planned})",
        "Change announced less than six months ahead: {title} (planned on {planned})",
    )
    seen_unannounced = Text(
        "Modifications vues que personne n'avait annoncées : {count} (vigie change seen)",
        "Changes seen that nobody had announced: {count} (vigie change seen)",
    )
    months = Row(
        Text("janvier", "January"),
        Text("février", "February"),
        Text("mars", "March"),
        Text("avril", "April"),
        Text("mai", "May"),
        Text("juin", "June"),
        Text("juillet", "July"),
        Text("août", "August"),
        Text("septembre", "September"),
        Text("octobre", "October"),
        Text("novembre", "November"),
        Text("décembre", "December"),
    )
    rolling = Text("365 derniers jours", "last 365 days")
    civil = Text("année civile {year} (Europe/Paris)", "civil year {year} (Europe/Paris)")
    from_to = Text("du {start} au {end}", "from {start} to {end}")
    empty = NOTHING_OBSERVED
    recorded = Text("Enregistré sous le n° {number}.", "Recorded as no. {number}.")
    announced = Text("Changement n° {number} enregistré.", "Change no. {number} recorded.")
    late = Text("en retard : il fallait l'annoncer au plus tard le {due}", "late: it had to be announced by {due}")
    in_time = Text("à temps", "in time")
    recorded_later = Text("{announced} (enregistré le {recorded})", "{announced} (recorded {recorded})")
    no_change = Text("Aucun changement annoncé.", "No change was announced.")
    change_columns = Row(
        Text("N°", "No."),
        Text("Hub", "Hub"),
        Text("Prévu", "Planned"),
        Text("Annoncé", "Announced"),
        Text("À annoncer avant", "Announce by"),
        Text("", ""),
        Text("Titre", "Title"),
        Text("Auteur", "Author"),
    )
    tables = Vocabulary(
        {
            "ledger": Text("historique", "ledger"),
            "setting": Text("réglages", "settings"),
            "correction": Text("corrections", "corrections"),
            "change": Text("changements prévus", "planned changes"),
            "batch": Text("imports", "imports"),
            "imported": Text("périodes importées", "imported periods"),
            "act": Text("actes des incidents", "acts of incidents"),
            "flag_act": Text("actes des désactivations", "acts of deactivations"),
            "sighting": Text("relevés des hubs", "sightings of the hubs"),
            "interval": Text("intervalles", "intervals"),
            "incident": Text("incidents", "incidents"),
        }
    )
    """The tables that `vigie verify` counts, by their names in the database."""
    verified = Text("Rien n'a été altéré : {rows}.", "Nothing was altered: {rows}.")
    altered = Text("{table}, ligne {number} : {message}", "{table}, row {number}: {message}")
    altered_table = Text("{table} : {message}", "{table}: {message}")
    flaws = Vocabulary(
        {
            "CHAIN": Text(
                "ce n'est pas ce qui y a été écrit, ou la ligne d'avant manque",
                "is not what was written there, or the row before it is gone",
            ),
            "IMPORT_CHANGED": Text(
                "les périodes de cet import ne sont pas celles qui ont été importées",
                "the periods of this import are not those that were imported",
            ),
            "IMPORT_UNKNOWN": Text(
                "il y a des périodes d'un import qui n'a jamais eu lieu", "there are periods of an import that was never made"
            ),
            "UNDECODABLE": Text(
                "une ligne a un contenu indéchiffrable, donc les lignes à partir de là n'ont pas pu être vérifiées",
                "has a row whose content cannot be decoded, so the rows from there on could not be checked",
            ),
            "UNREADABLE": Text(
                "illisible, donc les intervalles n'ont pas pu être comparés", "cannot be read, so the intervals could not be compared"
            ),
            "INTERVAL": Text(
                "{hub} {subject} : l'intervalle qui commence ici n'est pas ce que dit l'historique",
                "of {hub} {subject}: the interval that starts here is not what the ledger says",
            ),
            "ACT": Text(
                "ne peut pas suivre les actes d'avant, donc les incidents n'ont pas pu être comparés",
                "cannot follow the acts before it, so the incidents could not be compared",
            ),
            "PLACE": Text("ce n'est pas l'acte {place} de son incident", "is not act {place} of its incident"),
            "INCIDENT": Text("ce n'est pas ce que ses actes en font", "is not what its acts make of it"),
            "SIGHTING": Text("ce n'est pas ce qu'en dit son observation, ou il manque", "is not what its observation says, or is missing"),
            "GAPS": Text("les numéros des incidents ont des trous", "the numbers of the incidents have gaps"),
        }
    )
    """What is wrong with a row, by the names of `probe.audit.verify.RowFlaw`.

    That module is not imported here, since it imports the database's code, which most commands do
    without.
    """
    replayed = Text(
        "{observations} observations rejouées, {rows} lignes de l'historique identiques au bit près.",
        "{observations} observations replayed, {rows} ledger rows the same bit for bit.",
    )
    replayed_from = Text(
        "Les {observation} premières observations ont été effacées (rétention) : le rejeu commence après la ligne "
        "{seq} de l'historique, et les lignes d'avant ne sont garanties que par leur chaîne (vigie verify).",
        "The first {observation} observations were deleted (retention): the replay begins after row {seq} of the "
        "ledger, and the rows before it are vouched for by their chain alone (vigie verify).",
    )
    refolded = Text(
        "{observations} observations de tous les points de vue rejouées depuis le {at}.",
        "{observations} observations of all vantages folded again from {at}.",
    )
    lacking = Text("le rejeu dit : {hub} {subject}, {state} à partir du {at}", "the replay says: {hub} {subject}, {state} from {at}")
    differs = Text("L'historique et son rejeu diffèrent.", "The ledger and its replay differ.")
    row = Text(
        "{who} : ligne {seq}, {hub} {subject}, {state} à partir du {at}, empreinte {hash}",
        "{who}: row {seq}, {hub} {subject}, {state} from {at}, hash {hash}",
    )
    no_row = Text("{who} : pas de ligne", "{who}: no row")
    imported_as = Text("Importé sous le n° {number} : {periods} périodes.", "Imported as no. {number}: {periods} periods.")
    imported_before = Text(
        "Ce fichier est déjà importé, sous le n° {number} : rien n'a changé.",
        "This file was imported already, as no. {number}: nothing has changed.",
    )
    was_imported = Text("importé", "imported")

    def percent(self, value: Fraction | None) -> str:
        """A ratio as a percentage with four decimals, rounded down."""
        return "-" if value is None else f"{percent(value).replace('.', self.decimal)} %"

    def share(self, value: Fraction) -> str:
        """A setting as a percentage, without decimals that say nothing."""
        return f"{percent(value, 6).rstrip('0').rstrip('.').replace('.', self.decimal)} %"

    def duration(self, us: int) -> str:
        """Write a duration as people say it (`probe.texts.durations`)."""
        return duration(us, self.language)

    def span(self, start_us: int, end_us: int) -> str:
        return self.from_to.format(start=self.instant(start_us), end=self.instant(end_us))

    def month(self, year: int, month: int) -> str:
        return f"{self.months[month - 1]} {year}"

    def window(self, name: str) -> str:
        return self.rolling if name == "rolling" else self.civil.format(year=name.removeprefix("year="))
