"""What `vigie --help` lists: a short sentence of each command, under headings."""

from probe.texts.bilingual import Text

HEADS_OF_HELP = (
    Text("Utilisation :", "Usage:"),
    Text("Options\N{NO-BREAK SPACE}", "Options"),
    Text("Commandes\N{NO-BREAK SPACE}", "Commands"),
    Text("Exemples\N{NO-BREAK SPACE}", "Examples"),
)
"""Above the parts of a page of help."""

HEADINGS = (
    Text("Veiller\N{NO-BREAK SPACE}", "Watch"),
    Text("Regarder\N{NO-BREAK SPACE}", "Look"),
    Text("Incidents\N{NO-BREAK SPACE}", "Incidents"),
    Text("Corriger et compléter l'historique\N{NO-BREAK SPACE}", "Correct and complete the record"),
    Text("Auditer\N{NO-BREAK SPACE}", "Audit"),
    Text("Installer\N{NO-BREAK SPACE}", "Set up"),
)
"""Above the commands in `vigie --help`."""

SUMMARIES = (
    Text(
        "Veille jusqu'à SIGTERM ou Ctrl-C.",
        "Watch until SIGTERM or Ctrl-C.",
    ),
    Text(
        "Fait chaque parcours une fois, et dit le résultat.",
        "Run every journey once, and tell.",
    ),
    Text(
        "Fait un parcours maintenant, et le raconte étape par étape.",
        "Run one journey now, and tell it step by step.",
    ),
    Text(
        "Montre l'état des hubs et des fournisseurs d'identité.",
        "Show the state of every hub, condition and IdP now.",
    ),
    Text(
        "Liste les indisponibilités, ou en montre une.",
        "List the outages of hubs and IdPs, or show one of them.",
    ),
    Text(
        "Montre une observation, échange par échange.",
        "Show one observation of the ledger, hop by hop.",
    ),
    Text(
        "Montre quelles données reviennent de chaque connexion.",
        "Show which claims come back through each IdP.",
    ),
    Text(
        "Donne la disponibilité sur un an, et le budget qui reste.",
        "Tell the availability over a year, and the budget left.",
    ),
    Text(
        "Corrige une fausse indisponibilité, sans rien supprimer.",
        "Correct a false outage; nothing recorded is deleted.",
    ),
    Text(
        "Exclut une période de chaque chiffre.",
        "Exclude a window from every figure.",
    ),
    Text(
        "Annonce une modification ; liste les annoncées et les vues.",
        "Announce a planned change; list those announced and seen.",
    ),
    Text(
        "Ouvre, suit et ferme les incidents ; rend compte du service.",
        "Open, follow and close incidents; report on the service.",
    ),
    Text(
        "Approuve, refuse, termine une désactivation ; les liste.",
        "Approve, reject and end a deactivation; list the IdPs.",
    ),
    Text(
        "Prend un message qui ouvre un ticket ou y répond.",
        "Take a message that opens or answers a ticket.",
    ),
    Text(
        "Vérifie que rien n'a été altéré dans le store.",
        "Check that nothing in the store was altered.",
    ),
    Text(
        "Rejoue les observations gardées, et compare.",
        "Fold the kept observations again, and compare.",
    ),
    Text(
        "Écrit indisponibilités, historique ou chiffres (CSV, JSON).",
        "Write outages, ledger or figures as CSV or JSON.",
    ),
    Text(
        "Importe des périodes passées, marquées pour toujours.",
        "Bring in past outages, marked as imported for ever.",
    ),
    Text(
        "Met le schéma du store à niveau, le sauvegarde, le restaure.",
        "Bring the store's schema up, back it up, or restore it.",
    ),
    Text(
        "Dit ce que ferait une mise à jour vers ce Vigie, sans rien changer.",
        "Say what an upgrade to this Vigie would do, and change nothing.",
    ),
    Text(
        "Regarde un hub, et écrit une configuration minimale.",
        "Look at a hub, and write a minimal configuration.",
    ),
)
