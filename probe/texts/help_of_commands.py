"""What each command does, as `--help` says it: a paragraph each."""

from probe.texts.bilingual import Text
from probe.texts.help_of_init import INIT

COMMANDS = (
    *INIT,
    Text(
        "Surveille une fédération d'identité : un usager de synthèse se connecte toute la journée, et Vigie dit qui "
        "est en cause quand une connexion échoue.",
        "Watch an identity federation: a synthetic citizen logs in all day, and Vigie tells who is at fault when a login fails.",
    ),
    Text(
        "Veille jusqu'à SIGTERM ou Ctrl-C, puis écrit les observations qui attendent encore, pendant `drain:` au plus.",
        "Watch until SIGTERM or Ctrl-C, then write the observations that still wait, for `drain:` at most.",
    ),
    Text(
        "Un second signal y met fin aussitôt, et le reste est gardé dans un fichier pour le prochain démarrage. SIGHUP "
        "relit la configuration ; une mauvaise est refusée et l'ancienne reste.",
        "A second signal ends that at once, and the rest is kept in a file for the next start. SIGHUP reads the "
        "configuration again; a bad one is refused and the old one stays.",
    ),
    Text(
        "Code de sortie : 0 arrêtée ; 1 ennui qui peut passer (port occupé, autre Vigie sur l'historique) ou "
        "observations perdues à l'arrêt ; 2 quelqu'un doit d'abord agir.",
        "Exit status: 0 stopped; 1 trouble that may pass (a port in use, another Vigie on the ledger) or observations "
        "lost at the stop; 2 somebody must act first.",
    ),
    Text(
        "Surveille une fédération simulée où tout tombe en panne.",
        "Watch an embedded federation that breaks in every way.",
    ),
    Text(
        "Surveille une fédération simulée où chaque indisponibilité arrive et se termine.",
        "Watch an embedded federation in which each unavailability happens and ends.",
    ),
    Text(
        "La configuration et l'historique restent dans ~/.local/state/vigie/demo jusqu'à la démonstration suivante, "
        "qui les supprime : `vigie outages` et `vigie status` les lisent ensuite.",
        "The configuration and the ledger are kept in ~/.local/state/vigie/demo until the next demo, which deletes "
        "them: `vigie outages` and `vigie status` read them afterwards.",
    ),
    Text(
        "Fait chaque parcours une fois, refait ceux qui échouent, et montre le résultat. Rien n'est enregistré.",
        "Run every journey once, run the failed ones again, and show the result. Nothing is recorded.",
    ),
    Text(
        "Code de sortie : 0 quand tout va bien, 1 sinon ; avec --plugin, celui que veulent les Monitoring Plugins.",
        "Exit status: 0 when all is well, 1 when not; with --plugin as the Monitoring Plugins guidelines say.",
    ),
    Text(
        "Fait un parcours par le fournisseur d'identité IDP maintenant, sans l'enregistrer.",
        "Run one journey through IDP now, without recording it.",
    ),
    Text(
        "Code de sortie 1 quand il ne réussit pas, ou s'arrête à la page de connexion parce que le compte est suspendu.",
        "Exit status 1 when it does not pass, or ends at the login page as the account is suspended.",
    ),
    Text(
        "Montre l'état de chaque hub, condition et fournisseur d'identité, et depuis quand.",
        "Show the state of every hub, condition and IdP now, and since when.",
    ),
    Text(
        "Code de sortie : 0 rien n'est indisponible et l'état de chaque hub est connu ; 1 quelque chose est "
        "indisponible, ou un hub accepte ce qu'il doit refuser ; 2 mauvaise saisie ; 3 rien n'est indisponible, mais "
        "l'état d'un hub est inconnu.",
        "Exit status: 0 nothing is down and every hub's state is known; 1 something is down, or a hub accepts what it "
        "must refuse; 2 bad input; 3 nothing is down, but a hub's state is unknown.",
    ),
    Text(
        "Liste les indisponibilités des hubs (C1, C2, C3) et des fournisseurs d'identité, la plus récente d'abord.",
        "List the outages of the hubs (C1, C2, C3) and of the IdPs, the newest first.",
    ),
    Text(
        "Avec OUTAGE, qui s'écrit HUB/OBJET@DÉBUT comme dans la liste, montre celle-là : ses observations, tant "
        "qu'elles sont gardées, et la trace de celle qui l'explique.",
        "With OUTAGE, which is written HUB/SUBJECT@START as the list has it, show that one: its observations, as long "
        "as they are kept, and the trace of the one that tells why.",
    ),
    Text(
        "Montre l'observation NUMBER : ce qui a été vu, chaque échange avec ses durées, et l'extrait de la page, "
        "expurgé comme il est conservé.",
        "Show observation NUMBER: what was seen, every exchange with its timings, and the page's extract, as redacted as it was stored.",
    ),
    Text(
        "`vigie outages OUTAGE` et les tickets donnent les numéros.",
        "`vigie outages OUTAGE` and tickets give the numbers.",
    ),
    Text(
        "Montre par chaque fournisseur d'identité quelles données reviennent, à quel niveau, et si le compte est le même.",
        "Show through each IdP which claims come back, at which level, and whether the account is the same.",
    ),
    Text(
        "Pour les hubs et fournisseurs d'identité configurés, avec les réglages sous lesquels ils ont été vus en dernier.",
        "Of the hubs and IdPs that are configured, with the settings under which they were seen last.",
    ),
    Text(
        "Donne la disponibilité de chaque hub et fournisseur d'identité sur un an : le chiffre, ses bornes, et le budget qui reste.",
        "Tell the availability of every hub and IdP over a year: the figure, its bounds, and the budget that is left.",
    ),
    Text(
        "Les pourcentages sont arrondis vers le bas ; le JSON a des fractions exactes et des microsecondes entières.",
        "Percentages are rounded down; the JSON holds exact fractions and integer microseconds.",
    ),
    Text(
        "Corrige une fausse indisponibilité : OUTAGE comme la nomme `vigie outages --json` (`id`), ou --hub, --subject, --from et --to.",
        "Correct a false outage: OUTAGE as `vigie outages --json` names it (`id`), or --hub, --subject, --from and --to.",
    ),
    Text(
        "Rien n'est supprimé : la correction est un enregistrement de plus, avec son auteur et son motif. Chaque "
        "chiffre est montré avant et après elle.",
        "Nothing is deleted: the correction is one more record, with its author and reason. Every figure is shown before and after it.",
    ),
    Text(
        "Exclut une période : elle ne compte ni comme disponible, ni comme indisponible, ni comme inconnue.",
        "Exclude a window: it counts neither as up, nor as down, nor as unknown.",
    ),
    Text(
        "Les chiffres sont montrés avant et après elle.",
        "Figures are shown before and after it.",
    ),
    Text(
        "La maintenance compte comme indisponibilité (contrat, 2.1 : elle se fait sans interruption) : n'exclure que "
        "ce dont les deux parties conviennent.",
        "Maintenance counts as downtime (contract, 2.1: it happens without interruption): exclude only what both parties agree to.",
    ),
    Text(
        "Annonce une modification prévue, ou liste celles qui sont annoncées et celles qui ont été vues.",
        "Announce a planned change, or list the announced ones and those that were seen.",
    ),
    Text(
        "Moins de six mois d'avance est signalé comme un retard.",
        "Less than six months' notice is reported as late.",
    ),
    Text(
        "Enregistre l'annonce d'une modification.",
        "Record that a change is announced.",
    ),
    Text(
        "Le délai se compte depuis l'annonce. L'historique garde à côté quand elle a été enregistrée.",
        "The notice is counted from the announcement. The ledger keeps beside it when it was recorded.",
    ),
    Text(
        "Liste les modifications annoncées, et celles qui l'ont été trop tard.",
        "List the announced changes, and which were announced too late.",
    ),
    Text(
        "Liste les modifications que la veille a vues, et si elles étaient annoncées.",
        "List the changes that the watch saw, and whether they were announced.",
    ),
    Text(
        "Sans --all, les renouvellements de routine sont omis. --json les a tous, et ce qui est surveillé.",
        "Without --all, routine renewals are left out. --json has all of them, and what is watched.",
    ),
    Text(
        "Ouvre, suit et ferme les incidents.",
        "Open, follow and close incidents.",
    ),
    Text(
        "Chaque acte a un auteur et reste pour toujours. Les heures sont celles de `support.timezone`.",
        "Each act has an author and stays for ever. Times are those of `support.timezone`.",
    ),
    Text(
        "Prend en compte un incident.",
        "Acknowledge an incident.",
    ),
    Text(
        "Confie un incident : il est pris en charge dès lors.",
        "Assign an incident: it is in hand from now on.",
    ),
    Text(
        "Dit si une anomalie est bloquante.",
        "Say whether an anomaly is blocking.",
    ),
    Text(
        "Ferme un incident, par l'une des quatre voies du contrat et avec ses preuves (contrat, 2.2.3).",
        "Close an incident, by one of the contract's four ways and with its evidence (contract, 2.2.3).",
    ),
    Text(
        "Ajoute un commentaire.",
        "Add a comment.",
    ),
    Text(
        "Lie un incident à un autre.",
        "Tie an incident to another one.",
    ),
    Text(
        "Liste les incidents, le plus récent d'abord : les ouverts, sauf demande contraire.",
        "List the incidents, the newest first: the open ones, unless asked for others.",
    ),
    Text(
        "Fusionne un doublon dans un autre incident.",
        "Merge a duplicate into another incident.",
    ),
    Text(
        "Enregistre que le fournisseur d'identité est notifié de la résolution.",
        "Record that the IdP was told of the resolution.",
    ),
    Text(
        "Ouvre un incident. Ses délais commencent avec sa sévérité, en heures ouvrées.",
        "Open an incident. Its clocks start with its severity, in working hours.",
    ),
    Text(
        "Liste les messages que les systèmes de tickets n'ont pas encore ; retente ou abandonne ceux qui sont refusés.",
        "List the messages that the ticket systems did not get yet; retry or drop the refused ones.",
    ),
    Text(
        "Enregistre la remarque du fournisseur d'identité sur une résolution.",
        "Record the IdP's remark about a resolution.",
    ),
    Text(
        "Rouvre un incident.",
        "Open an incident again.",
    ),
    Text(
        "Montre l'indicateur du contrat (contrat, 4) d'un mois et de l'année glissante, les incidents en retard, et "
        "les modifications annoncées, à côté de celles qui ont été vues.",
        "Show the contract's indicator (contract, 4) of a month and of the rolling year, the late incidents, and the "
        "announced changes, beside those that were seen.",
    ),
    Text(
        "Dit qu'un incident est résolu.",
        "Say that an incident is resolved.",
    ),
    Text(
        "Reprend un incident qui attendait.",
        "Go on with an incident that waited.",
    ),
    Text(
        "Donne une autre sévérité : ses délais recommencent.",
        "Assign another severity: its clocks start anew.",
    ),
    Text(
        "Montre un incident : ce qu'il est, ses délais, ses tickets, et toute son histoire.",
        "Show one incident: what it is, its clocks, its tickets, and its whole story.",
    ),
    Text(
        "Pose une question au fournisseur d'identité, et attend : les délais sont suspendus.",
        "Ask the IdP something, and wait: the clocks are paused.",
    ),
    Text(
        "Approuve, refuse et termine la désactivation d'un fournisseur d'identité ; les liste, ou les étapes jusqu'ici.",
        "Approve, reject and end the deactivation of an IdP; list the IdPs, or the steps so far.",
    ),
    Text(
        "Les heures sont celles de `support.timezone`.",
        "Times are those of `support.timezone`.",
    ),
    Text(
        "Approuve la désactivation proposée d'IDP : les administrateurs du hub peuvent retirer sa tuile.",
        "Approve the proposed deactivation of IDP: the hub's administrators may remove its tile.",
    ),
    Text(
        "Liste chaque étape de chaque désactivation, la plus ancienne d'abord, avec son auteur et son motif.",
        "List every step of every deactivation, oldest first, with who took it and why.",
    ),
    Text(
        "Liste chaque fournisseur d'identité : son état, si la mire le propose, et où en est sa désactivation.",
        "List every IdP: how it is, whether the mire offers it, and where its deactivation stands.",
    ),
    Text(
        "Propose la désactivation d'IDP ; les gardes valent aussi pour les personnes.",
        "Propose the deactivation of IDP; the guards hold for people too.",
    ),
    Text(
        "Dit qu'un IDP désactivé fonctionne de nouveau.",
        "Say that a deactivated IDP works again.",
    ),
    Text(
        "Refuse la désactivation proposée d'IDP.",
        "Reject the proposed deactivation of IDP.",
    ),
    Text(
        "Prend un message sur l'entrée standard : un contact autorisé d'un fournisseur d'identité ouvre un ticket, ou y répond.",
        "Take a message from standard input: an authorised contact of an IdP opens a ticket, or answers one.",
    ),
    Text(
        "Code de sortie : 0 pris (ou automatique, et ignoré) ; 65 illisible ; 77 expéditeur non autorisé ; 75 "
        "réessayer plus tard : le registre ne répond pas ou la configuration est mauvaise. Le texte affiché est pour "
        "l'expéditeur, dans la langue configurée.",
        "Exit status: 0 taken (or automatic, and ignored); 65 it cannot be read; 77 its sender is not authorised; 75 "
        "try later: the register does not answer or the configuration is wrong. The text that is printed is for the "
        "sender, in the configured language.",
    ),
    Text(
        "Vérifie les chaînes de hachage de l'historique, des réglages, des corrections, des modifications, des "
        "imports, des actes des incidents et des désactivations, et les intervalles et incidents qui en sont lus.",
        "Check the hash chains of the ledger, the settings, the corrections, the changes, the imports, the incidents' "
        "acts and the flags', and the intervals and incidents that are read from them.",
    ),
    Text(
        "Dit quelle ligne a été altérée, et sort avec 1.",
        "Says which row was altered, and exits with 1.",
    ),
    Text(
        "Rejoue les observations gardées avec les réglages d'alors, et compare à l'historique au bit près.",
        "Fold the kept observations and the settings of their day again, and compare with the ledger bit for bit.",
    ),
    Text(
        "Affiche la première ligne qui diffère, et sort avec 1. Si les premières observations sont supprimées, dit à "
        "partir de laquelle il a comparé.",
        "Prints the first row that differs, and exits with 1. Where the first observations were deleted, it says from "
        "which one on it compared.",
    ),
    Text(
        "Écrit les indisponibilités (outages), l'historique (ledger), les observations, la disponibilité "
        "(availability), les actes (acts) ou les désactivations (flags).",
        "Write outages, ledger, observations, availability, acts or flags.",
    ),
    Text(
        "Les instants sont en UTC ; les valeurs exactes sont des microsecondes et des fractions.",
        "Instants are UTC; exact values are microseconds and fractions.",
    ),
    Text(
        "Les observations sont sans leurs preuves ; acts sont ceux du registre des incidents, flags ceux des désactivations.",
        "Observations are without their evidence; acts are the incident register's, flags the deactivations'.",
    ),
    Text(
        "Importe FILE (CSV ou JSON) : hub, subject, state, start, end, note.",
        "Bring in FILE (CSV or JSON): hub, subject, state, start, end, note.",
    ),
    Text(
        "Il doit finir où la veille a commencé.",
        "It must end where the watch began.",
    ),
    Text(
        "Ses périodes sont marquées comme importées pour toujours. Chaque mauvaise ligne est signalée par "
        "`fichier:ligne: ...`, et alors rien n'est importé. Le même fichier une seconde fois ne change rien.",
        "Its periods are marked as imported for ever. Every bad line is reported as `file:line: ...`, and then nothing "
        "is imported. The same file again changes nothing.",
    ),
    Text(
        "Met le schéma du store à niveau, le sauvegarde, ou le restaure (SQLite et PostgreSQL, de l'un à l'autre).",
        "Bring the store's schema up, back it up, or restore it (SQLite and PostgreSQL, either into the other).",
    ),
    Text(
        "Écrit tout le store, tel qu'à un instant, dans FILE (.jsonl.gz), qui ne doit pas exister.",
        "Write the whole store, as of one instant, to FILE (.jsonl.gz), which must not exist.",
    ),
    Text(
        "La veille peut continuer pendant ce temps.",
        "The watch may go on meanwhile.",
    ),
    Text(
        "Met le schéma au niveau de cette Vigie, comme `vigie run` à son démarrage.",
        "Bring the schema to this Vigie's, as `vigie run` does when it starts.",
    ),
    Text(
        "Remplit le store depuis FILE. Refusé quand le store contient quelque chose.",
        "Fill the store from FILE. Refused when the store holds anything.",
    ),
    Text(
        "Vérifie une configuration, ou affiche son schéma JSON.",
        "Check a configuration, or print its JSON Schema.",
    ),
    Text(
        "Signale chaque problème de FILE par `fichier:ligne: chemin: ce qui ne va pas`, et sort avec 2.",
        "Report every problem in FILE as `file:line: path: what is wrong`, and exit with 2.",
    ),
    Text(
        "Sans problème, dit combien de hubs, fournisseurs d'identité et parcours a FILE, combien de connexions par "
        "jour fait chaque compte, et quand les secrets expirent.",
        "Without a problem, say how many hubs, IdPs and journeys FILE has, and how many logins a day each account "
        "makes, and when the credentials end.",
    ),
    Text(
        "Affiche le schéma JSON de la configuration, pour les éditeurs.",
        "Print the JSON Schema of the configuration, for editors.",
    ),
    Text(
        "Code de sortie : 0 rien à faire, 1 des étapes ou des notes, 2 la configuration est refusée ou l'historique trop récent.",
        "Exit status: 0 nothing to do, 1 steps or notes, 2 the configuration is refused or the store too new.",
    ),
)
