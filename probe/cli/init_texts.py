"""What `vigie init` asks, says and writes, in French and in English."""

from probe.cli.output.texts import CommandTexts
from probe.texts.bilingual import Text


class InitTexts(CommandTexts):
    """Of `vigie init`."""

    ask_issuer = Text("Émetteur (issuer) du hub, tel que ses métadonnées le nomment", "The hub's issuer, as its metadata name it")
    ask_client_id = Text(
        "client_id de notre fournisseur de services, enregistré au hub", "client_id of our service provider, registered at the hub"
    )
    ask_redirect_uri = Text(
        "redirect_uri enregistrée au hub (jamais appelée : le parcours s'y arrête)",
        "redirect_uri registered at the hub (never fetched: the journey stops there)",
    )
    ask_scope = Text("scope", "scope")
    ask_acr = Text("acr_values (niveau demandé ; vide : aucun)", "acr_values (the level asked for; empty: none)")
    ask_idps = Text(
        "Lesquels surveiller ? (numéros séparés par des virgules, ou all)", "Which are watched? (numbers parted by commas, or all)"
    )
    ask_follow = Text(
        "Suivre chaque tuile choisie jusqu'à sa page de connexion, pour trouver ses hôtes ? (requêtes GET seulement, rien n'est envoyé)",
        "Follow each chosen tile up to its login page, to find its hosts? (GET requests only, nothing is sent)",
    )
    ask_accounts = Text(
        "Lesquels ont un compte de test ? (numéros, ou rien : arrêt à la page de connexion)",
        "Which have a synthetic account? (numbers, or nothing: stop at the login page)",
    )
    ask_controls = Text(
        "Adresses témoins, hors du hub, sur deux réseaux (séparées par des virgules ; vide : plus tard)",
        "Control addresses, apart from the hub, on two networks (parted by commas; empty: later)",
    )
    ask_hub_host = Text("Le hub renvoie vers {host}. Est-ce un hôte du hub ?", "The hub redirects to {host}. Is it a host of the hub?")
    looking = Text("Ouverture de la mire de {issuer} ...", "Opening the mire of {issuer} ...")
    following = Text("{title} : suivi jusqu'à sa page de connexion ...", "{title}: following up to its login page ...")
    known_profile = Text("Profil reconnu : {profile}", "Profile recognised: {profile}")
    guessed_profile = Text(
        "Aucun profil connu : la page a été lue par elle-même. À vérifier : {profile}",
        "No known profile: the page was read by itself. To be checked: {profile}",
    )
    own_login = Text(
        "Le hub n'a pas de mire : il connecte les usagers lui-même (chooser: none).",
        "The hub has no mire: it logs citizens in itself (chooser: none).",
    )
    tiles = Text("Tuiles de la mire (nom, et valeur pour tile:) :", "Tiles of the mire (name, and value for tile:):")
    greyed = Text("grisée", "greyed")
    nameless = Text("(sans nom)", "(no name)")
    reason_and_detail = Text("{reason} ; {detail}", "{reason}; {detail}")
    not_found = Text("La mire n'a pas pu être lue : rien n'est écrit.", "The mire could not be read: nothing is written.")
    to_do_reach = Text(
        "À faire : vérifier l'émetteur et le réseau (--proxy, --ca-file).",
        "What to do: check the issuer and the network (--proxy, --ca-file).",
    )
    to_do_host = Text(
        "À faire : si {host} est au hub, recommencer avec --hub-host {host}",
        "What to do: if {host} belongs to the hub, begin again with --hub-host {host}",
    )
    to_do_profile = Text(
        "À faire : vérifier client_id, redirect_uri, --scope et --acr ; sinon décrire les pages dans profiles: "
        "(config/examples/generic.yml) et nommer le profil par --profile. Titre de la page : {title}",
        "What to do: check client_id, redirect_uri, --scope and --acr; else describe the pages under profiles: "
        "(config/examples/generic.yml), and name a built-in profile by --profile. Title of the page: {title}",
    )
    left_out = Text("{title} : laissé de côté ({why})", "{title}: left out ({why})")
    no_host = Text("le hub ne dit pas où mène la tuile", "the hub does not say where the tile leads")
    partly = Text(
        "{title} : la page de connexion n'est pas atteinte ; hôtes vus : {hosts}. Les compléter après vigie journey {name}",
        "{title}: the login page was not reached; hosts seen: {hosts}. Complete them after vigie journey {name}",
    )
    arrived = Text("{title} : page de connexion atteinte ; hôtes : {hosts}", "{title}: login page reached; hosts: {hosts}")
    none_left = Text(
        "Aucun fournisseur d'identité ne peut être surveillé : rien n'est écrit.",
        "No identity provider can be watched: nothing is written.",
    )
    written = Text("Configuration écrite : {path}", "Configuration written: {path}")
    missing = Text("Secrets à poser, chacun dans un fichier 0600 (dossier 0700) :", "Secrets to put, each in a file 0600 (folder 0700):")
    or_env = Text(
        "Ou par une variable d'environnement : écrire env: NOM au lieu de file: CHEMIN.",
        "Or by an environment variable: write env: NAME instead of file: PATH.",
    )
    what_secret = Text("le secret du client {client}, donné par le hub", "the secret of client {client}, given by the hub")
    what_key = Text("la clé privée du client {client} (PEM ou JWK)", "the private key of client {client} (PEM or JWK)")
    what_username = Text("le nom du compte de test de {title}", "the user name of the synthetic account of {title}")
    what_password = Text("son mot de passe", "its password")
    no_controls = Text(
        "Moins de deux adresses témoins : en nommer deux (control.targets), sans quoi un réseau perdu ici passe pour une panne du hub.",
        "Fewer than two control addresses: name two (control.targets), or a network lost here looks like an outage of the hub.",
    )
    next_steps = Text("Ensuite :", "Next:")
    check = Text("  vigie config check {path}", "  vigie config check {path}")
    learn = Text(
        "  vigie journey {name} --learn --config {path}    propose la recette de connexion, à confirmer",
        "  vigie journey {name} --learn --config {path}    proposes the login recipe, to be confirmed",
    )
    once = Text(
        "  vigie check --config {path}    un tour de tous les parcours", "  vigie check --config {path}    one round of all journeys"
    )
    start = Text("  vigie run --config {path}", "  vigie run --config {path}")

    often = Text(
        "Avec depth: identity, chaque compte se connecte {count} fois par jour ; intervals: et account.budget le limitent.",
        "With depth: identity, each account logs in {count} times a day; intervals: and account.budget limit it.",
    )

    # comments of the file
    c_head = Text(
        "Écrit par vigie init. Chaque clé est expliquée dans config/vigie.yml.",
        "Written by vigie init. Every key is explained in config/vigie.yml.",
    )
    c_vantage = Text(
        "où est cette sonde : un nom court, sur toutes les mesures", "where this prober stands: a short name, on every observation"
    )
    c_language = Text("langue de ce que les gens lisent : fr ou en", "language of what people read: fr or en")
    c_control = Text(
        "sites sans rapport avec le hub : si tous se taisent, c'est notre réseau. Deux au moins, sur deux réseaux",
        "sites apart from the hub: when all are silent, our own network is lost. Two at least, on two networks",
    )
    c_profiles = Text("comment lire les pages de ce hub : deviné, à vérifier", "how this hub's pages are read: guessed, to be checked")
    c_hub = Text("le hub surveillé", "the hub that is watched")
    c_issuer = Text("son nom dans ses métadonnées et ses jetons", "its name in its metadata and tokens")
    c_profile = Text("comment ses pages se lisent", "how its pages are read")
    c_hosts_hub = Text("ses autres hôtes : un parcours ne va nulle part ailleurs", "its other hosts: a journey goes nowhere else")
    c_network = Text("comment il est joint", "how it is reached")
    c_sp = Text("notre fournisseur de services, enregistré au hub", "our service provider, registered at the hub")
    c_auth = Text("comment il s'identifie au hub", "how it identifies itself to the hub")
    c_secret = Text("où le secret est lu ; jamais le secret lui-même", "where the secret is read; never the secret itself")
    c_redirect = Text("enregistrée au hub ; jamais appelée", "registered at the hub; never fetched")
    c_scope = Text("les données demandées", "the claims asked for")
    c_acr = Text("le niveau demandé", "the level asked for")
    c_idps = Text(
        "un par tuile ; surveiller toutes les tuiles, sinon C3 est inconnue", "one for each tile; watch every tile, else C3 is unknown"
    )
    c_title = Text("le nom que les gens lisent", "the name that people read")
    c_tile = Text("l'identifiant de sa tuile sur la mire", "the uid of its tile on the mire")
    c_depth = Text(
        "login-page : s'arrêter à sa page de connexion ; identity : se connecter", "login-page: stop at its login page; identity: log in"
    )
    c_hosts = Text("où sont ses pages de connexion", "where its login pages are")
    c_recipe = Text(
        "vigie journey {name} --learn propose la recette entière ; avec elle, depth: identity",
        "vigie journey {name} --learn proposes the whole recipe; with it, depth: identity",
    )
    c_account = Text("le compte de test", "the synthetic account")
    c_recipe_page = Text("à quoi la page de connexion se reconnaît", "by what the login page is known")
