"""The error of an act that the rules of incidents, or of deactivations, forbid."""


class RefusedActError(Exception):
    """The contract or the incident's state forbids an act.

    `code` is a closed word that never changes, `text` says the same to people.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
