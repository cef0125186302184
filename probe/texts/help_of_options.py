"""What each option does, as `--help` says it."""

from probe.texts.bilingual import Text

OPTIONS = (
    Text(
        "Suit la connexion aussi loin que possible, et affiche la recette qui convient. Chaque formulaire est d'abord confirmé.",
        "Walk the login as far as it gets, and print the recipe that fits. Each form is confirmed first.",
    ),
    Text(
        "Avec --learn : un formulaire qui peut être envoyé ; peut être répété.",
        "With --learn: a form that may be sent; may be repeated.",
    ),
    Text(
        "L'émetteur (issuer) du hub, tel que ses métadonnées le nomment.",
        "The hub's issuer, as its metadata name it.",
    ),
    Text(
        "Le client_id de notre fournisseur de services au hub.",
        "The client_id of our service provider at the hub.",
    ),
    Text(
        "Son redirect_uri, enregistrée au hub ; elle n'est jamais appelée.",
        "Its redirect URI, registered at the hub; it is never fetched.",
    ),
    Text(
        "Le scope demandé. Par défaut : openid.",
        "The scope asked for. Default: openid.",
    ),
    Text(
        "Le niveau demandé (acr_values). FranceConnect veut eidas1. Par défaut : aucun.",
        "The level asked for (acr_values). FranceConnect wants eidas1. Default: none.",
    ),
    Text(
        "Comment notre client s'identifie.",
        "How our client identifies itself.",
    ),
    Text(
        "Un profil de pages fourni. Par défaut : celui qui correspond à la page.",
        "A built-in page profile. Default: the one that fits the page.",
    ),
    Text(
        "Un autre hôte du hub ; peut être répété.",
        "A further host of the hub; may be repeated.",
    ),
    Text(
        "Surveille cette tuile, par son nom ou son identifiant ; peut être répété.",
        "Watch this tile, by its name or its uid; may be repeated.",
    ),
    Text(
        "Surveille toutes les tuiles qui peuvent être choisies.",
        "Watch every tile that can be chosen.",
    ),
    Text(
        "Un de ces fournisseurs d'identité, qui a un compte de test ; peut être répété.",
        "An IdP of these that has a synthetic account; may be repeated.",
    ),
    Text(
        "Suit chaque tuile jusqu'à sa page de connexion, pour trouver ses hôtes : requêtes GET seulement.",
        "Follow each tile up to its login page, to find its hosts: GET requests only.",
    ),
    Text(
        "Une adresse hors du hub, pour reconnaître un réseau perdu ; peut être répété.",
        "An address apart from the hub, to tell a lost network; may be repeated.",
    ),
    Text(
        "Les certificats PEM auxquels se fier, ou system.",
        "PEM certificates to trust, or system.",
    ),
    Text(
        "Le mandataire (proxy) par lequel le hub est joint.",
        "The proxy by which the hub is reached.",
    ),
    Text(
        "Comment le hub s'appelle dans la configuration.",
        "What the hub is called in the configuration.",
    ),
    Text(
        "Le fichier à écrire.",
        "The file to write.",
    ),
    Text(
        "Écrase le fichier.",
        "Overwrite the file.",
    ),
    Text(
        "Montre la version et sort.",
        "Show the version and exit.",
    ),
    Text(
        "Montre ce message et sort.",
        "Show this message and exit.",
    ),
    Text(
        "La configuration. Par défaut : VIGIE_CONFIG, sinon ./vigie.yml.",
        "Configuration. Default: VIGIE_CONFIG, else ./vigie.yml.",
    ),
    Text(
        "Des lignes sur la sortie d'erreur ; VIGIE_LOG_FORMAT le dit aussi. auto : text pour qui est devant un terminal, sinon json.",
        "Of the lines on standard error; VIGIE_LOG_FORMAT says it too. auto: text for people at a terminal, else json.",
    ),
    Text(
        "Ce qui arrive à la fédération.",
        "What happens to the federation.",
    ),
    Text(
        "Finit après cette durée, et pas avant que le scénario soit joué une fois. Par défaut : recommence jusqu'à Ctrl-C.",
        "End after so long, and not before the story was told once. Default: again and again until Ctrl-C.",
    ),
    Text(
        "Par défaut : VIGIE_LANG, sinon celle du système (LANG), sinon fr.",
        "Default: VIGIE_LANG, else the system's (LANG), else fr.",
    ),
    Text(
        "Celui des métriques ; un port libre quand il est pris.",
        "Of the metrics; a free one when it is taken.",
    ),
    Text(
        "Ce hub seulement.",
        "Only this hub.",
    ),
    Text(
        "Ce fournisseur d'identité seulement (et la mire).",
        "Only this IdP (and the mire).",
    ),
    Text(
        "Aussi les parcours à refuser qui se connectent, et attendent la fin d'un jeton.",
        "Also the negative journeys that log in, and wait for the end of a token.",
    ),
    Text(
        "Une ligne avec les données de performance ; sortie 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
        "One line with performance data; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
    ),
    Text(
        "Affiche du JSON, et rien d'autre, sur la sortie standard.",
        "Print JSON, and nothing else, on standard output.",
    ),
    Text(
        "Le hub, quand plusieurs proposent ce fournisseur d'identité.",
        "The hub, when several offer this IdP.",
    ),
    Text(
        "Par cet autre client du hub. Par défaut : le principal.",
        "By this further client of the hub. Default: the main one.",
    ),
    Text(
        "Montre chaque échange, expurgé, avec ses durées.",
        "Show every exchange, redacted, with its timings.",
    ),
    Text(
        "La configuration. Par défaut : VIGIE_CONFIG, sinon ./vigie.yml, sinon celle de la démonstration.",
        "Configuration. Default: VIGIE_CONFIG, else ./vigie.yml, else the demo's own.",
    ),
    Text(
        "De ce hub seulement.",
        "Only this hub's.",
    ),
    Text(
        "D'une indisponibilité : montre chaque observation échange par échange, et pas seulement celle qui l'explique.",
        "Of one outage: show every observation hop by hop, not only the one that tells why.",
    ),
    Text(
        "Seulement celles qui n'étaient pas finies à cet instant.",
        "Only those that were not over by then.",
    ),
    Text(
        "Seulement celles qui ont commencé avant.",
        "Only those that began before it.",
    ),
    Text(
        "La montre de nouveau toutes les 2 secondes, jusqu'à Ctrl-C.",
        "Show it again every 2 seconds, until Ctrl-C.",
    ),
    Text(
        "Seulement celles qui durent encore.",
        "Only those that go on.",
    ),
    Text(
        "Tant d'indisponibilités, ou d'observations de l'une. Par défaut : 50 ; avec --json toutes les indisponibilités.",
        "So many outages, or observations of one. Default: 50; of --json all outages.",
    ),
    Text(
        "Le chiffre d'alors (2026-03-29T08:00:00Z). Par défaut : maintenant.",
        "The figure as of then (2026-03-29T08:00:00Z). Default: now.",
    ),
    Text(
        "365 jours, ou une année civile.",
        "365 days, or a civil year.",
    ),
    Text(
        "Le hub, comme l'historique le nomme.",
        "The hub, as the ledger names it.",
    ),
    Text(
        "Ce qui n'était pas indisponible. `hub` vaut pour ses trois conditions.",
        "What was not down. `hub` stands for its three conditions.",
    ),
    Text(
        "Début : 2026-03-29T08:00:00Z, ou avec un décalage.",
        "Start: 2026-03-29T08:00:00Z, or with an offset.",
    ),
    Text(
        "Fin, non comprise.",
        "End, not included.",
    ),
    Text(
        "Ce que compte cette indisponibilité.",
        "What that down time counts as.",
    ),
    Text(
        "Retire la correction ou la période exclue n° N de --hub.",
        "Take back the correction or excluded window no. N of --hub.",
    ),
    Text(
        "Qui le dit. Cela reste sur chaque rapport.",
        "Who says so. It stays on every report.",
    ),
    Text(
        "Pourquoi. Cela reste sur chaque rapport.",
        "Why. It stays on every report.",
    ),
    Text(
        "Quand la modification est prévue.",
        "When the change is planned.",
    ),
    Text(
        "Ce qui change.",
        "What changes.",
    ),
    Text(
        "Quand elle a été annoncée ailleurs, par courriel ou par téléphone. Par défaut maintenant ; jamais dans le futur.",
        "When it was announced elsewhere, by mail or by telephone. Now by default; never in the future.",
    ),
    Text(
        "Aussi celles qui n'ont pas à être annoncées.",
        "Those that need no announcement too.",
    ),
    Text(
        "Quand cela a été fait (2026-03-29T08:00:00Z). Par défaut : maintenant.",
        "When it was done (2026-03-29T08:00:00Z). Default: now.",
    ),
    Text(
        "Qui le fait : un nom ou un rôle. Cela reste pour toujours.",
        "Who does it: a name or a role. It stays for ever.",
    ),
    Text(
        "À qui : un rôle ou un nom.",
        "To whom: a role or a name.",
    ),
    Text(
        "Elle l'est, ou ne l'est pas.",
        "It is, or it is not.",
    ),
    Text(
        "Pourquoi. `-` le lit sur l'entrée standard.",
        "Why. `-` reads it from standard input.",
    ),
    Text(
        "Par quelle voie.",
        "Which way.",
    ),
    Text(
        "Qui a confirmé ou donné son accord pour le fournisseur d'identité.",
        "Who confirmed or agreed for the IdP.",
    ),
    Text(
        "Comment cela a été dit.",
        "How they said so.",
    ),
    Text(
        "Quand cela a été dit.",
        "When they said so.",
    ),
    Text(
        "Qui a donné notre accord.",
        "Who agreed for us.",
    ),
    Text(
        "Le commentaire. `-` le lit sur l'entrée standard.",
        "The comment. `-` reads it from standard input.",
    ),
    Text(
        "L'autre.",
        "The other.",
    ),
    Text(
        "Ce que l'un est à l'autre.",
        "What it is to it.",
    ),
    Text(
        "Ceux-là seulement ; peut être répété. Par défaut : open.",
        "Only these; may be repeated. Default: open.",
    ),
    Text(
        "De tout état.",
        "Of every state.",
    ),
    Text(
        "Cette sévérité seulement.",
        "Only this severity.",
    ),
    Text(
        "De ce fournisseur d'identité seulement.",
        "Only this IdP's.",
    ),
    Text(
        "Reçus à cet instant ou après.",
        "Received at or after it.",
    ),
    Text(
        "Tant au plus.",
        "At most so many.",
    ),
    Text(
        "Qui a été notifié.",
        "Who was told.",
    ),
    Text(
        "1 tous les fournisseurs d'identité ou la sécurité, 2 un seul, 3 plusieurs usagers, 4 un usager, 5 une question.",
        "1 all IdPs or security, 2 one IdP, 3 several users, 4 one user, 5 a question.",
    ),
    Text(
        "De quoi il s'agit, en une ligne.",
        "What it is about, in one line.",
    ),
    Text(
        "Plus de détails. `-` les lit sur l'entrée standard.",
        "More of it. `-` reads it from standard input.",
    ),
    Text(
        "Le hub. Par défaut : le seul.",
        "The hub. Default: the only one.",
    ),
    Text(
        "Le fournisseur d'identité concerné, ou qui demande.",
        "The IdP that it is about, or that asks.",
    ),
    Text(
        "Un événement de sécurité : sévérité 1.",
        "A security event: severity 1.",
    ),
    Text(
        "Une anomalie bloquante : corrigée dans les 4 heures après sa prise en compte.",
        "A blocking anomaly: fixed within 4 hours of its acknowledgement.",
    ),
    Text(
        "Depuis quand cela ne va pas.",
        "Since when it is wrong.",
    ),
    Text(
        "Qui a demandé.",
        "Who asked.",
    ),
    Text(
        "Retente les messages abandonnés d'ID (SYSTÈME/VIGIE-n, ou un SYSTÈME).",
        "Try the dead letters of ID (SYSTEM/VIGIE-n, or a SYSTEM) again.",
    ),
    Text(
        "Laisse tomber les messages abandonnés de SYSTÈME/VIGIE-n, pour que les suivants partent.",
        "Give up the dead letters of SYSTEM/VIGIE-n, so that those behind go on.",
    ),
    Text(
        "La remarque. `-` la lit sur l'entrée standard.",
        "The remark. `-` reads it from standard input.",
    ),
    Text(
        "Un mois civil. Par défaut : celui qui court.",
        "A civil month. Default: the one under way.",
    ),
    Text(
        "Comment. `-` le lit sur l'entrée standard.",
        "How. `-` reads it from standard input.",
    ),
    Text(
        "Depuis quand cela va de nouveau.",
        "Since when it is right again.",
    ),
    Text(
        "Ce que le fournisseur d'identité a répondu, ou pourquoi cela reprend. `-` le lit sur l'entrée standard.",
        "What the IdP answered, or why we go on. `-` reads it from standard input.",
    ),
    Text(
        "Ce qui est demandé au fournisseur d'identité. `-` le lit sur l'entrée standard.",
        "What is asked of the IdP. `-` reads it from standard input.",
    ),
    Text(
        "Pourquoi. Cela reste pour toujours.",
        "Why. It stays for ever.",
    ),
    Text(
        "L'expéditeur de l'enveloppe. Par défaut : SENDER, sinon le Return-Path du message.",
        "The envelope's sender. Default: SENDER, else the message's Return-Path.",
    ),
    Text(
        "Affiche la réponse sous forme de message, pour `sendmail -t` ; rien quand il n'y en a pas.",
        "Print the reply as a message, for `sendmail -t`; nothing when there is none.",
    ),
    Text(
        "Celle de la disponibilité.",
        "Of the availability.",
    ),
    Text(
        "Par défaut : la sortie standard.",
        "Default: standard output.",
    ),
    Text(
        "D'où viennent les périodes. Cela reste sur chaque rapport.",
        "Where the periods come from. It stays on every report.",
    ),
    Text(
        "La même chose, par une option.",
        "The same, as an option.",
    ),
    Text(
        "Ne change rien : dit ce qui serait fait. Il n'y a pas d'autre façon.",
        "Change nothing: say what would be done. There is no other way.",
    ),
    Text(
        "La version de départ. Par défaut : celle qui a écrit l'historique.",
        "The version to upgrade from. Default: the one that wrote the store.",
    ),
)
