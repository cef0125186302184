"""The variable that says who acts, so that a person on call need not type it each time."""

AUTHOR = "VIGIE_AUTHOR"
"""Read where `--author` is not given. Empty is as if it were not set."""
