"""What Vigie tells wrongly today, by situation. What would be right stands with the situation.

`make cases` prints both. A test holds every line: who mends one deletes it here.
"""

TOLD_WRONGLY: dict[str, str] = {
    "F8-head-of-120-KiB": "failed/hub/too_large@mire",
}
"""`outcome/fault/reason@step` by the name of the situation."""
