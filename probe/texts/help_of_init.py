"""What the help of `vigie init` says, beside the other commands' (`help_of_commands`)."""

from probe.texts.bilingual import Text

INIT: tuple[Text, ...] = (
    Text(
        "Regarde un hub, et écrit une configuration minimale pour le surveiller.",
        "Look at a hub, and write a minimal configuration to watch it.",
    ),
    Text(
        "Dans un terminal, ce qu'aucune option ne dit est demandé. Les métadonnées du hub sont lues, et sa mire est "
        "ouverte comme la veille le ferait. Personne n'est connecté, et aucun formulaire d'un fournisseur d'identité "
        "n'est envoyé.",
        "At a terminal what no option says is asked for. The hub's metadata are read, and its mire is opened as the "
        "watch would. Nothing is logged in, and no form of an IdP is sent.",
    ),
    Text(
        "Code de sortie : 0 écrite ; 1 la mire n'a pas pu être lue, ou aucun fournisseur d'identité ne peut être "
        "surveillé ; 2 saisie incorrecte.",
        "Exit status: 0 written; 1 the mire could not be read, or no IdP can be watched; 2 bad input.",
    ),
)
