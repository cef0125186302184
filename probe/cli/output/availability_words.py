"""What `vigie availability` and the commands that correct say to people, in French and in English."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from probe.core.sla.availability import UnknownTime, percent
from probe.core.sla.correction import CorrectionKind


class Words(NamedTuple):
    """One language."""

    decimal: str
    colon: str
    width: int
    availability: str
    before: str
    met: str
    missed: str
    no_verdict: str
    unknown_time: str
    readings: Mapping[UnknownTime, str]
    bounds: str
    between: str
    coverage: str
    complete: str
    incomplete: str
    down: str
    unknown: str
    edges: str
    blips: str
    excluded: str
    imported: str
    budget: str
    left: str
    oldest: str
    legend: str
    idp_columns: tuple[str, ...]
    acts: Mapping[CorrectionKind, str]
    withdrawn: str
    late_change: str
    months: tuple[str, ...]
    rolling: str
    civil: str
    from_to: str
    at: str
    empty: str
    recorded: str
    announced: str
    late: str
    in_time: str
    no_change: str
    change_columns: tuple[str, ...]
    verified: str
    altered: str
    replayed: str
    replayed_from: str
    refolded: str
    lacking: str
    differs: str
    row: str
    no_row: str
    imported_as: str
    imported_before: str
    marks: Mapping[str, str]

    def percent(self, value: Fraction | None) -> str:
        """A ratio as a percentage with four decimals, rounded down."""
        return "-" if value is None else f"{percent(value).replace('.', self.decimal)} %"

    def duration(self, us: int) -> str:
        """Microseconds as seconds with one decimal, toward zero; `-` before what is negative."""
        whole, rest = divmod(abs(us), 1_000_000)
        grouped = f"{whole:,}".replace(",", "\N{NARROW NO-BREAK SPACE}" if self.decimal == "," else ",")
        return f"{'-' if us < 0 else ''}{grouped}{self.decimal}{rest // 100_000} s"

    def span(self, start: str, end: str) -> str:
        return self.from_to.format(start=start, end=end)

    def month(self, year: int, month: int) -> str:
        return f"{self.months[month - 1]} {year}"

    def window(self, name: str) -> str:
        return self.rolling if name == "rolling" else self.civil.format(year=name.removeprefix("year="))


FR = Words(
    decimal=",",
    colon="\N{NO-BREAK SPACE}:",
    width=26,
    availability="Disponibilité",
    before="  avant corrections",
    met="objectif de 99,9 % tenu",
    missed="objectif de 99,9 % manqué",
    no_verdict="rien n'est connu",
    unknown_time="Temps inconnu",
    readings={UnknownTime.IGNORE: "écarté", UnknownTime.DOWN: "indisponible", UnknownTime.UP: "disponible"},
    bounds="Bornes",
    between="de {low} à {high}",
    coverage="Temps connu",
    complete="période complète",
    incomplete="période incomplète, historique depuis le {since}",
    down="Indisponibilité",
    unknown="Inconnu",
    edges="bords : {count}, connus à {uncertainty} près en tout",
    blips="Échecs non confirmés",
    excluded="Exclu",
    imported="Importé",
    budget="Budget",
    left="reste {left}   plus longue indisponibilité encore permise : {allowed}",
    oldest="La plus ancienne sort le",
    legend="█ disponible   ✖ indisponible   ? inconnu   - exclu   · sans historique",
    idp_columns=(
        "Fournisseur d'identité", "Disponibilité", "", "Avant", "Plus basse", "Plus haute", "Temps connu", "Indisponible", "Inconnu",
        "Budget restant", "Non confirmés",
    ),
    acts={
        CorrectionKind.UP: "corrigé en disponible",
        CorrectionKind.UNKNOWN: "corrigé en inconnu",
        CorrectionKind.EXCLUDED: "fenêtre exclue",
        CorrectionKind.WITHDRAWN: "retrait",
    },
    withdrawn="retiré",
    late_change="Changement annoncé moins de six mois avant : {title} (prévu le {planned})",
    months=("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    rolling="365 derniers jours",
    civil="année civile {year} (Europe/Paris)",
    from_to="du {start} au {end}",
    at="Heures en temps universel (UTC).",
    empty="L'historique est vide : rien n'a encore été observé.",
    recorded="Enregistré sous le n° {number}.",
    announced="Changement n° {number} enregistré.",
    late="en retard : il fallait l'annoncer au plus tard le {due}",
    in_time="à temps",
    no_change="Aucun changement annoncé.",
    change_columns=("N°", "Hub", "Prévu", "Annoncé", "À annoncer avant", "", "Titre", "Auteur"),
    verified="Rien n'a été altéré : {rows}.",
    altered="{table}, ligne {number} : {message}",
    replayed="{observations} observations rejouées, {rows} lignes de l'historique identiques au bit près.",
    replayed_from="Les {observation} premières observations ont été effacées (rétention) : le rejeu commence après la ligne {seq} de "
    "l'historique, et les lignes d'avant ne sont garanties que par leur chaîne (vigie verify).",
    refolded="{observations} observations de tous les points de vue rejouées depuis le {at}.",
    lacking="le rejeu dit : {hub} {subject}, {state} à partir du {at}",
    differs="L'historique et son rejeu diffèrent.",
    row="{who} : ligne {seq}, {hub} {subject}, {state} à partir du {at}, empreinte {hash}",
    no_row="{who} : pas de ligne",
    imported_as="Importé sous le n° {number} : {periods} périodes.",
    imported_before="Ce fichier est déjà importé, sous le n° {number} : rien n'a changé.",
    marks={"up": "corrigé : disponible", "unknown": "corrigé : inconnu", "excluded": "exclu", "imported": "importé"},
)  # fmt: skip

EN = Words(
    decimal=".",
    colon=":",
    width=26,
    availability="Availability",
    before="  before corrections",
    met="goal of 99.9 % met",
    missed="goal of 99.9 % missed",
    no_verdict="nothing is known",
    unknown_time="Unknown time",
    readings={UnknownTime.IGNORE: "left out", UnknownTime.DOWN: "down", UnknownTime.UP: "up"},
    bounds="Bounds",
    between="from {low} to {high}",
    coverage="Known time",
    complete="complete period",
    incomplete="incomplete period, recorded since {since}",
    down="Downtime",
    unknown="Unknown",
    edges="edges: {count}, known within {uncertainty} in all",
    blips="Failures not confirmed",
    excluded="Excluded",
    imported="Imported",
    budget="Budget",
    left="{left} left   longest outage still allowed: {allowed}",
    oldest="The oldest outage leaves on",
    legend="█ up   ✖ down   ? unknown   - excluded   · not recorded",
    idp_columns=(
        "Identity provider", "Availability", "", "Before", "Lowest", "Highest", "Known time", "Down", "Unknown", "Budget left",
        "Not confirmed",
    ),
    acts={
        CorrectionKind.UP: "corrected to up",
        CorrectionKind.UNKNOWN: "corrected to unknown",
        CorrectionKind.EXCLUDED: "excluded window",
        CorrectionKind.WITHDRAWN: "withdrawal",
    },
    withdrawn="withdrawn",
    late_change="Change announced less than six months ahead: {title} (planned on {planned})",
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    rolling="last 365 days",
    civil="civil year {year} (Europe/Paris)",
    from_to="from {start} to {end}",
    at="Times are UTC.",
    empty="The history is empty: nothing was observed yet.",
    recorded="Recorded as no. {number}.",
    announced="Change no. {number} recorded.",
    late="late: it had to be announced by {due}",
    in_time="in time",
    no_change="No change was announced.",
    change_columns=("No.", "Hub", "Planned", "Announced", "Announce by", "", "Title", "Author"),
    verified="Nothing was altered: {rows}.",
    altered="{table}, row {number}: {message}",
    replayed="{observations} observations replayed, {rows} ledger rows the same bit for bit.",
    replayed_from="The first {observation} observations were deleted (retention): the replay begins after row {seq} of the ledger, and the "
    "rows before it are vouched for by their chain alone (vigie verify).",
    refolded="{observations} observations of all vantages folded again from {at}.",
    lacking="the replay says: {hub} {subject}, {state} from {at}",
    differs="The ledger and its replay differ.",
    row="{who}: row {seq}, {hub} {subject}, {state} from {at}, hash {hash}",
    no_row="{who}: no row",
    imported_as="Imported as no. {number}: {periods} periods.",
    imported_before="This file was imported already, as no. {number}: nothing has changed.",
    marks={"up": "corrected: up", "unknown": "corrected: unknown", "excluded": "excluded", "imported": "imported"},
)  # fmt: skip


def words(language: str) -> Words:
    """The words of a language; French when it is none of ours."""
    return EN if language == "en" else FR
