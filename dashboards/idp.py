"""The dashboard of the identity providers.

It shows each IdP's state, journeys by step, durations, reasons of failures, tile, deactivation,
certificates, and its availability over the year.
"""

from dashboards import headings, looks
from dashboards.board import DEACTIVATIONS, HUBS, IDP_OUTAGES, IDPS, VANTAGES, GrafanaDashboard, PanelRow, runbook, to_board
from dashboards.clients import clients, journeys
from dashboards.looks import coloured, graded
from dashboards.panels import (
    COUNT,
    DAYS,
    INSTANT,
    RATIO,
    SECONDS,
    Column,
    Label,
    Panel,
    PanelQuery,
    lines,
    painted,
    ranked,
    renamed_within,
    table,
    timeline,
)
from dashboards.promql import (
    ANY_IDP,
    HUB,
    IDP,
    VANTAGE,
    elapsed,
    figure,
    grown,
    highest,
    increase,
    known,
    lowest,
    matching,
    quantile,
    rounded_down,
    series,
    stage,
    titled,
    total,
    verdict,
    worst_within,
)
from exporters.metrics import names
from probe.texts.bilingual import Text
from probe.texts.credentials import CREDENTIALS

BY = "hub, idp"
THROUGH = (HUB, IDP, VANTAGE, 'kind=~"identity|login-page"')
"""Journeys through the hub to an IdP."""
_HUB = Label("hub", headings.HUB, width=60)
_IDP = Label("idp", headings.NAME, width=90)
_TITLE = Label("title", headings.IDP)


def _course() -> Panel:
    return timeline(
        Text("État des fournisseurs d'identité", "State of the identity providers"),
        Text(
            "Le pire état de chaque pas de temps : une panne plus courte qu'un pas se voit aussi. Inconnu : aucune observation récente, ou "
            "hub en panne.",
            "The worst state of each time step: an outage shorter than a step shows too. Unknown: no recent observation, or the hub is "
            "down.",
        ),
        PanelQuery(titled(worst_within(names.IDP_STATE, BY, HUB, IDP), HUB, IDP, within="$__interval"), "{{title}} ({{hub}})"),
        24,
        coloured(looks.AVAILABLE),
        links=[
            to_board(headings.TO_ON_CALL, "astreinte"),
            runbook(Text("FI indisponible : que faire", "IdP unavailable: what to do"), "VigieIdpUnavailable"),
        ],
    )


def _present_state() -> Panel:
    return table(
        Text("Désactivation, lenteur, compte de test", "Deactivation, slowness, test account"),
        Text(
            "Désactivation : où en est la demande de retrait de la mire (contrat, section 2.2.2), et depuis quand. Retenue : le FI devrait "
            "être proposé, un garde-fou l'interdit (hub en panne, dernier FI sélectionnable, cause commune). Compte suspendu : "
            "identifiants refusés trois fois, les parcours s'arrêtent à la page de connexion. Jamais réussi : les parcours échouent à une "
            "étape qui dépend de nos réglages et n'a jamais réussi avec eux. Autre compte : le hub donne à la même personne un autre "
            "`sub` qu'avant. Deux comptes : un autre que par les autres FI.",
            "Deactivation: where the demand to take it off the mire stands (contract, section 2.2.2), and since when. Held back: the IdP "
            "would be proposed and a guard forbids it (hub down, last selectable IdP, shared cause). Account suspended: credentials "
            "refused three times, journeys stop at the login page. Never passed: journeys fail at a step that depends on our own settings "
            "and has never passed with them. Another account: the hub gives the same person another `sub` than before. Two accounts: "
            "another one than through the other IdPs.",
        ),
        [_HUB, _TITLE, _IDP],
        [
            Column(
                Text("Désactivation", "Deactivation"), titled(stage(names.FLAG, BY, HUB, IDP), HUB, IDP), mappings=coloured(looks.STAGE)
            ),
            Column(headings.SINCE, elapsed(names.FLAG_SINCE, BY, HUB, IDP), lasts=True),
            Column(Text("Retenue", "Held back"), highest(names.FLAG_GUARDED, BY, HUB, IDP), mappings=coloured(looks.NOT_EXPECTED)),
            Column(Text("Lent", "Slow"), highest(names.IDP_SLOW, BY, HUB, IDP), mappings=coloured(looks.NOT_EXPECTED)),
            Column(
                Text("Intermittent", "Intermittent"), highest(names.IDP_INTERMITTENT, BY, HUB, IDP), mappings=coloured(looks.NOT_EXPECTED)
            ),
            Column(
                Text("Compte suspendu", "Account suspended"),
                highest(names.ACCOUNT_SUSPENDED, BY, HUB, IDP),
                mappings=coloured(looks.NOT_EXPECTED),
            ),
            Column(Text("Jamais réussi", "Never passed"), highest(names.NEVER_PASSED, BY, HUB, IDP), mappings=coloured(looks.NOT_EXPECTED)),
            Column(
                Text("Autre compte", "Another account"),
                highest(names.ACCOUNT_CHANGED, BY, HUB, IDP),
                mappings=coloured(looks.NOT_EXPECTED),
            ),
            Column(
                Text("Deux comptes", "Two accounts"), highest(names.ACCOUNT_DIFFERS, BY, HUB, IDP), mappings=coloured(looks.NOT_EXPECTED)
            ),
            Column(Text("Dernier succès il y a", "Last success ago"), elapsed(names.LAST_SUCCESS, BY, *THROUGH), lasts=True),
        ],
        24,
        sort=headings.NAME,
        links=[
            runbook(Text("FI à désactiver : que faire", "IdP to deactivate: what to do"), "VigieIdpFlagged"),
            runbook(Text("Compte suspendu : que faire", "Account suspended: what to do"), "VigieAccountSuspended"),
            runbook(Text("Jamais réussi : que faire", "Never passed: what to do"), "VigieNeverPassed"),
        ],
    )


def _logins() -> Panel:
    return table(
        Text("Connexions du compte de test", "Logins of the test account"),
        Text(
            "Connexions du jour, de minuit à minuit, et budget du compte, tous points de vue ensemble (0 : pas de limite). Retenues : "
            "parcours arrêtés avant leur connexion en 24 heures, faute de budget ; ceux qui étaient dus laissent du temps inconnu.",
            "Logins of the day, from midnight to midnight, and the account's budget, of all vantages together (0: no limit). Withheld: "
            "journeys that ended before their login within 24 hours for want of budget; those that were due leave time unknown.",
        ),
        [_HUB, _TITLE, _IDP],
        [
            Column(Text("Aujourd'hui", "Today"), titled(total(names.LOGINS_TODAY, BY, HUB, IDP, VANTAGE), HUB, IDP), decimals=0),
            Column(Text("Parcours dus par jour", "Journeys due a day"), total(names.REGULAR_LOGINS, BY, HUB, IDP, VANTAGE), decimals=0),
            Column(Text("Budget par jour", "Budget a day"), total(names.LOGIN_BUDGET, BY, HUB, IDP, VANTAGE), decimals=0),
            Column(
                Text("Retenues : dus", "Withheld: due"),
                increase(names.LOGINS_WITHHELD, BY, "24h", HUB, IDP, VANTAGE, matching("run", "regular")),
                COUNT,
            ),
            Column(
                Text("Retenues : vérifications et à la demande", "Withheld: asked again and on demand"),
                increase(names.LOGINS_WITHHELD, BY, "24h", HUB, IDP, VANTAGE, 'run=~"retry|demand"'),
                COUNT,
            ),
        ],
        24,
        sort=headings.NAME,
        links=[runbook(Text("Budget épuisé : que faire", "Budget spent: what to do"), "VigieLoginBudgetSpent")],
    )


def _claims() -> Panel:
    by = f"{BY}, claim"
    came = f"2 * {highest(names.CLAIM_RETURNED, f'{by}, acr', HUB, IDP)}"
    lost = highest(names.CLAIM_LOST, by, HUB, IDP)
    return table(
        Text("Données d'identité reçues", "Identity claims that came"),
        Text(
            "Chaque donnée que le périmètre (scope) promet ou que la personne attendue nomme, à chaque niveau de garantie. Ne vient plus : "
            "elle est venue un jour, et manque à deux parcours de suite.",
            "Each claim that the scope promises or the persona names, at each level of assurance. Lost: it came once, and two journeys in "
            "a row lack it.",
        ),
        [_HUB, _TITLE, _IDP, Label("claim", Text("Donnée", "Claim")), Label("acr", headings.LEVEL)],
        [Column(Text("Reçue", "Came"), titled(f"{came} + 1 - on ({by}) group_left () {lost}", HUB, IDP), mappings=coloured(looks.CLAIM))],
        24,
        sort=headings.NAME,
        links=[runbook(Text("Ne vient plus : que faire", "Lost: what to do"), "VigieClaimLost")],
    )


def _success() -> Panel:
    failed = increase(names.FAILED_RUNS, BY, "$__rate_interval", *THROUGH)
    everything = increase(names.RUNS, BY, "$__rate_interval", *THROUGH)
    return lines(
        Text("Parcours réussis", "Journeys that passed"),
        Text(
            "Part des parcours qui n'ont pas échoué, par FI, à quelque étape que ce soit et quelle qu'en soit la faute.",
            "Share of the journeys that did not fail, by IdP, at whatever step and by whosever fault.",
        ),
        PanelQuery(titled(f"1 - {failed} / {everything}", HUB, IDP, within="$__interval"), "{{title}} ({{hub}})"),
        8,
        unit=RATIO,
        interval="5m",
        most=1,
    )


def _by_step() -> Panel:
    failed = increase(names.FAILURES, "step", "$__range", *THROUGH)
    reached = increase(names.STEP_DURATION, "step", "$__range", *THROUGH, part="count")
    return ranked(
        Text("Réussite de chaque étape", "Success of each step"),
        Text(
            "Part des parcours arrivés à l'étape qui l'ont passée, sur toute la plage choisie ; l'étape la plus fragile d'abord. Les "
            "étapes sans échange (retour au FS, comparaison des données) n'apparaissent que parmi les causes.",
            "Share of the journeys that reached the step and passed it, over the whole range; the weakest step first. Steps without an "
            "exchange (back at the SP, comparison of the claims) only show among the reasons.",
        ),
        PanelQuery(f"sort(1 - {failed} / {reached})", "{{step}}", instant=True),
        8,
        unit=RATIO,
        most=1,
        decimals=1,
        names=looks.STEPS,
    )


def _reasons() -> Panel:
    return lines(
        Text("Causes des échecs", "Reasons of failure"),
        Text(
            "Parcours échoués par pas de temps : étape atteinte et cause, dans le vocabulaire fermé de Vigie.",
            "Failed journeys per time step: the step reached and the reason, in Vigie's closed vocabulary.",
        ),
        PanelQuery(grown(names.FAILURES, "step, reason", *THROUGH), "{{step}} : {{reason}}"),
        8,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
        transformations=(*renamed_within("", looks.STEPS, " : .*"), *renamed_within(".* : ", looks.REASONS, "")),
    )


def _durations() -> Panel:
    return lines(
        Text("Durée des parcours (95e centile)", "Duration of journeys (95th percentile)"),
        Text(
            "Durée sous laquelle restent 95 % des parcours complets, par FI.", "Time under which 95 % of the whole journeys stay, by IdP."
        ),
        PanelQuery(titled(quantile(0.95, names.RUN_DURATION, BY, *THROUGH), HUB, IDP, within="$__interval"), "{{title}} ({{hub}})"),
        8,
        unit=SECONDS,
        interval="5m",
        calculations=("mean", "max"),
    )


def _step_durations() -> Panel:
    return lines(
        Text("Durée de chaque étape (95e centile)", "Duration of each step (95th percentile)"),
        Text(
            "Où passe le temps : durée sous laquelle restent 95 % des échanges de chaque étape.",
            "Where time goes: under which 95 % of each step's exchanges stay.",
        ),
        PanelQuery(quantile(0.95, names.STEP_DURATION, "step", *THROUGH), "{{step}}"),
        8,
        unit=SECONDS,
        interval="5m",
        calculations=("mean",),
        names=looks.STEPS,
    )


def _phases() -> Panel:
    return lines(
        Text("Durée de chaque phase d'un parcours", "Duration of each phase of a journey"),
        Text(
            "Temps passé en résolution de nom, connexion, TLS, attente de la réponse et transfert, en moyenne des FI "
            "choisis et de chaque pas.",
            "Time spent resolving names, connecting, in TLS, waiting for the answer and transferring, averaged over "
            "the IdPs and each step.",
        ),
        PanelQuery(f"avg by (phase) (avg_over_time({series(names.LAST_RUN_PHASE, *THROUGH)}[$__interval]))", "{{phase}}"),
        8,
        unit=SECONDS,
        interval="15m",
        stacked=True,
        names=looks.PHASES,
        overrides=tuple(
            {
                "matcher": {"id": "byName", "options": phase},
                "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
            }
            for phase, colour in zip(looks.PHASES, (looks.PURPLE, looks.GREEN, looks.AMBER, looks.BLUE, looks.GREY), strict=True)
        ),
    )


def _tiles() -> Panel:
    by = "hub, idp, vantage"
    shown = f"min by ({by}) (min_over_time({series(names.IDP_DISPLAYED, HUB, IDP, VANTAGE)}[$__interval]))"
    chosen = f"min by ({by}) (min_over_time({series(names.IDP_SELECTABLE, HUB, IDP, VANTAGE)}[$__interval]))"
    return timeline(
        Text("Tuile sur la mire", "Tile on the mire"),
        Text(
            "Ce que montrait la mire, par point de vue, au pire de chaque pas de temps : tuile absente, grisée (le FI ne peut pas être "
            "choisi) ou "
            "sélectionnable.",
            "What the mire showed, by vantage, at the worst of each time step: tile absent, greyed (the IdP cannot be chosen) or "
            "selectable.",
        ),
        PanelQuery(titled(f"{shown} + {chosen}", HUB, IDP, within="$__interval"), "{{title}} ({{hub}}, {{vantage}})"),
        12,
        coloured(looks.TILE),
    )


def _direct() -> Panel:
    by = "hub, idp, vantage"
    return timeline(
        Text("FI interrogé sans passer par le hub", "IdP asked without the hub"),
        Text(
            "Distingue un hub en panne d'un FI en panne, et seul moyen de voir revenir un FI désactivé. Vide si aucune adresse directe "
            "n'est configurée.",
            "Tells a broken hub from a broken IdP, and the only way to see a deactivated IdP recover. Empty when no direct address is "
            "configured.",
        ),
        PanelQuery(
            titled(worst_within(names.DIRECT_STATE, by, HUB, IDP, VANTAGE), HUB, IDP, within="$__interval"),
            "{{title}} ({{hub}}, {{vantage}})",
        ),
        12,
        coloured(looks.AVAILABLE),
    )


def _flags() -> Panel:
    steps = " or ".join(
        f"{number} * (max by ({BY}) (max_over_time({series(names.FLAG, HUB, IDP, matching('state', state))}[$__interval])) > 0)"
        for number, state in reversed(list(enumerate(("none", "proposed", "approved", "deactivated", "recovered"))))
    )
    return timeline(
        Text("Cycle de désactivation", "Life of the deactivation"),
        Text(
            "Proposé, approuvé par une personne, désactivé (tuile vue retirée), rétabli (le FI va bien, à réactiver), puis aucun. L'étape "
            "la plus avancée de chaque pas de temps.",
            "Proposed, approved by a person, deactivated (tile seen to be gone), recovered (the IdP is well, to be reactivated), then "
            "none. The furthest stage of each time step.",
        ),
        PanelQuery(titled(steps, HUB, IDP, within="$__interval"), "{{title}} ({{hub}})"),
        12,
        coloured(looks.STAGE),
    )


def _mire() -> Panel:
    by = "hub, vantage"
    return lines(
        Text("FI sur la mire", "IdPs on the mire"),
        Text(
            "Nombre de tuiles de la dernière mire vue, configurées ici ou non, et nombre de celles qu'on peut choisir. Un écart : des "
            "tuiles grisées.",
            "Tiles of the last mire seen, configured here or not, and how many can be chosen. A gap between both: greyed tiles.",
        ),
        (
            PanelQuery(
                highest(names.MIRE_DISPLAYED, by, HUB, VANTAGE), Text("affichés ({{hub}}, {{vantage}})", "displayed ({{hub}}, {{vantage}})")
            ),
            PanelQuery(
                highest(names.MIRE_SELECTABLE, by, HUB, VANTAGE),
                Text("sélectionnables ({{hub}}, {{vantage}})", "selectable ({{hub}}, {{vantage}})"),
            ),
        ),
        12,
        unit=COUNT,
        decimals=0,
        overrides=(painted(Text("sélectionnables", "selectable"), dashes=(6, 6)),),
    )


def _spent() -> Panel:
    def spent(state: str) -> str:
        return increase(names.IDP_SECONDS, BY, "$__range", HUB, IDP, matching("state", state), across="max")

    return table(
        Text("Temps passé sur la plage choisie", "Time spent over the chosen range"),
        Text(
            "Temps définitivement jugé : disponible, en panne, inconnu ; et les échecs jamais confirmés, comptés comme disponibles.",
            "Time that is judged for good: available, down, unknown; and the failures that were never confirmed, counted as available.",
        ),
        [_HUB, _TITLE, _IDP],
        [
            Column(Text("Disponible", "Available"), titled(spent("up"), HUB, IDP), lasts=True),
            Column(headings.DOWN, spent("down"), lasts=True),
            Column(headings.UNKNOWN, spent("unknown"), lasts=True),
            Column(
                Text("Échecs isolés", "Lone failures"), increase(names.IDP_BLIPS, BY, "$__range", HUB, IDP, across="max"), COUNT, decimals=0
            ),
            Column(
                Text("leur durée", "their time"),
                increase(names.IDP_BLIP_SECONDS, BY, "$__range", HUB, IDP, across="max"),
                lasts=True,
            ),
        ],
        24,
        sort=headings.NAME,
    )


def _year() -> Panel:
    by = "hub, idp, window"
    return table(
        Text("Disponibilité annuelle de chaque FI", "Each IdP's annual availability"),
        Text(
            "Chiffres de l'historique, arrondis vers le bas. Bornes : temps inconnu et échecs isolés comptés en panne (au moins), temps "
            "inconnu compté disponible (au plus). Le contrat n'engage pas les FI : ces chiffres informent.",
            "The ledger's figures, rounded down. Bounds: unknown time and lone failures as down (at least), unknown time as available (at "
            "most). The contract does not bind the IdPs: these figures inform.",
        ),
        [_HUB, _TITLE, _IDP, Label("window", headings.WINDOW, looks.WINDOWS, width=145)],
        [
            Column(
                headings.AVAILABILITY,
                rounded_down(figure(names.IDP_AVAILABILITY, names.IDP_AVAILABILITY_UNKNOWN, by, HUB, IDP)),
                RATIO,
                coloured({2: (looks.UNKNOWN, looks.GREY)}),
                decimals=4,
                filled=False,
            ),
            Column(headings.GOAL, titled(lowest(names.IDP_AVAILABILITY_GOAL, by, HUB, IDP), HUB, IDP), RATIO, decimals=4),
            Column(
                Text("Verdict", "Verdict"),
                verdict(names.IDP_AVAILABILITY_MET, names.IDP_AVAILABILITY_MISSED, names.IDP_AVAILABILITY_UNKNOWN, by, HUB, IDP),
                mappings=coloured(looks.VERDICTS),
            ),
            Column(
                headings.AT_LEAST,
                rounded_down(known(names.IDP_AVAILABILITY_LOWEST, by, HUB, IDP)),
                RATIO,
                decimals=4,
            ),
            Column(headings.AT_MOST, rounded_down(known(names.IDP_AVAILABILITY_HIGHEST, by, HUB, IDP)), RATIO, decimals=4),
            Column(headings.COVERAGE, rounded_down(highest(names.IDP_COVERAGE, by, HUB, IDP), 2), RATIO, decimals=2),
            Column(headings.DOWN, highest(names.IDP_DOWNTIME, by, HUB, IDP), lasts=True),
        ],
        24,
        sort=headings.AVAILABILITY,
        links=[to_board(Text("Chiffre annuel du service", "The service's annual figure"), "chiffre")],
    )


def _certificates() -> Panel:
    expiry = f"1000 * min by (host) ({series(names.CERTIFICATE_EXPIRY)} > 0)"
    secured = f"max by (host, issuer, tls_version, cipher) ({series(names.HOST_TLS)}) * on (host) group_left () ({expiry})"
    return table(
        Text("Expiration des certificats", "Certificates' expiry"),
        Text(
            "Par hôte, la première fin de sa chaîne (son certificat ou un au-dessus), la plus proche d'abord, et le "
            "chiffrement. À renouveler sous 21 jours, urgent sous 3.",
            "By host, the first end in its chain (its own certificate or one above), the closest first, and how it is "
            "secured. To be renewed under 21 days, urgent under 3.",
        ),
        [
            Label("host", Text("Hôte", "Host")),
            Label("issuer", Text("Émetteur", "Issuer"), blank=""),
            Label("tls_version", Text("TLS", "TLS"), blank=""),
            Label("cipher", Text("Suite", "Cipher suite"), blank=""),
        ],
        [
            Column(headings.EXPIRES, f"{secured} or on (host) {expiry}", INSTANT, width=150),
            Column(
                headings.LEFT,
                f"floor((min by (host) ({series(names.CERTIFICATE_EXPIRY)} > 0) - time()) / 86400)",
                DAYS,
                graded((-1e12, looks.RED), (3, looks.AMBER), (21, looks.GREEN)),
                decimals=0,
                width=100,
            ),
        ],
        16,
        sort=headings.LEFT,
        links=[runbook(Text("Certificat à renouveler : que faire", "Certificate to renew: what to do"), "VigieCertificateExpires")],
    )


def _families() -> Panel:
    reachable = f"max by (host, ip) ({series(names.HOST_FAMILY)})"
    return table(
        Text("IPv4 et IPv6", "IPv4 and IPv6"),
        Text(
            "Les hôtes qui ont les deux : chaque famille répond-elle ? Une seule suffit aux parcours.",
            "Of the hosts that have both: does each family answer? One is enough for the journeys.",
        ),
        [Label("host", Text("Hôte", "Host")), Label("ip", Text("IP", "IP"))],
        [Column(Text("Joignable", "Reachable"), reachable, mappings=coloured(looks.EXPECTED))],
        8,
        nothing=Text("aucun hôte n'a les deux", "no host has both"),
        links=[runbook(Text("Une famille morte : que faire", "A dead family: what to do"), "VigieFamilyDead")],
    )


def _credentials() -> Panel:
    by = "hub, client, idp, which"
    return table(
        Text("Secrets, clés et mots de passe de la sonde", "Secrets, keys and passwords of the prober"),
        Text(
            "Ceux dont la fin est connue : par `expires`, ou par le certificat joint à la clé. Une fois périmés, les parcours qui en "
            "dépendent ne disent plus rien du hub ni du FI.",
            "Those whose end is known: by `expires`, or by the certificate beside the key. Once they have ended, the journeys that need "
            "them tell nothing of hub or IdP any more.",
        ),
        [
            _HUB,
            Label("client", Text("Client", "Client"), blank=""),
            _IDP,
            Label("which", Text("Lequel", "Which"), {kind.value: text for kind, text in CREDENTIALS.items()}),
        ],
        [
            Column(headings.EXPIRES, f"1000 * {lowest(names.CREDENTIAL_END, by, HUB, ANY_IDP)}", INSTANT),
            Column(Text("Validité", "Validity"), highest(names.CREDENTIAL_VALIDITY, by, HUB, ANY_IDP), mappings=coloured(looks.VALIDITY)),
        ],
        24,
        sort=headings.EXPIRES,
        links=[runbook(Text("À renouveler : que faire", "To renew: what to do"), "VigieCredentialEnds")],
    )


BOARD = GrafanaDashboard(
    "fi",
    Text("Vigie – Fournisseurs d'identité", "Vigie – Identity providers"),
    Text(
        "Chaque FI : état, parcours, durées, causes, tuile, désactivation, certificats, année.",
        "Each IdP: state, journeys, durations, reasons, tile, deactivation, certificates, year.",
    ),
    "24h",
    "1m",
    (
        PanelRow(7, (_course(),)),
        PanelRow(6, (_present_state(),)),
        PanelRow(6, (_logins(),)),
        PanelRow(8, (_success(), _by_step(), _reasons()), headings.JOURNEYS),
        PanelRow(9, (_durations(), _step_durations(), _phases()), Text("Durées", "Durations")),
        PanelRow(8, (_tiles(), _direct()), Text("Mire et désactivation", "Mire and deactivation")),
        PanelRow(7, (_flags(), _mire())),
        PanelRow(7, (_year(),), Text("Année et certificats", "Year and certificates")),
        PanelRow(7, (_certificates(), _families())),
        PanelRow(6, (_spent(),)),
        PanelRow(8, (_claims(),), Text("Identité", "Identity")),
        PanelRow(6, (_credentials(),)),
        PanelRow(6, (clients(),)),
        PanelRow(6, (journeys(),)),
    ),
    (HUBS, IDPS, VANTAGES),
    (IDP_OUTAGES, DEACTIVATIONS),
)
