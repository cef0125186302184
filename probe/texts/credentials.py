"""What people read of the prober's credentials: which one it is, and how near its end is."""

from probe.core.credentials import CredentialKind, Validity
from probe.texts.bilingual import Text, Vocabulary

CREDENTIALS = Vocabulary(
    {
        CredentialKind.CLIENT_SECRET: Text("secret du client", "client secret"),
        CredentialKind.PRIVATE_KEY: Text("clé privée du client", "private key of the client"),
        CredentialKind.DECRYPTION_KEY: Text("clé de déchiffrement du client", "decryption key of the client"),
        CredentialKind.PASSWORD: Text("mot de passe du compte de test", "password of the test account"),
    }
)

VALIDITIES = Vocabulary(
    {
        Validity.VALID: Text("valable", "valid"),
        Validity.ENDS_SOON: Text("finit bientôt", "ends soon"),
        Validity.ENDS_VERY_SOON: Text("finit très bientôt", "ends very soon"),
        Validity.ENDED: Text("périmé", "has ended"),
    }
)
