"""How it is told that a host does not answer by one family of its addresses."""

from probe.texts.bilingual import Text

DEAD_FAMILY = Text(
    "{host} ne répond pas en IPv{ip} ; l'autre famille d'adresses répond.",
    "{host} does not answer by IPv{ip}; the other family of addresses does.",
)
