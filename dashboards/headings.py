"""The headings that more than one panel has: of columns, of rows of panels, of links.

A table is sorted by the heading of a column, so the two must be the same text. The words for values
are in `dashboards.looks`.
"""

from probe.texts.bilingual import Text

HUB = Text("Hub", "Hub")
IDP = Text("FI", "IdP")
NAME = Text("Nom", "Name")
"""The name of an IdP in the configuration, as commands take it; `IDP` is its title."""
LEFT = Text("Reste", "Left")
VANTAGE = Text("Point de vue", "Vantage")
WINDOW = Text("Période", "Window")
CONDITION = Text("Condition", "Condition")
STATE = Text("État", "State")
SINCE = Text("Depuis", "For")
"""How long something has been so."""
HOLDS = Text("En cours ?", "Holds?")
ABOUT = Text("Quoi", "What")
STEP = Text("Étape", "Step")
REASON = Text("Cause", "Reason")
CODE = Text("Code du hub", "Hub's code")
FAULT = Text("Faute", "Fault")
COVERAGE = Text("Couverture", "Coverage")
AT_LEAST = Text("au moins", "at least")
AT_MOST = Text("au plus", "at most")
UNKNOWN = Text("Inconnu", "Unknown")
DOWN = Text("En panne", "Down")
AVAILABILITY = Text("Disponibilité", "Availability")
GOAL = Text("Objectif", "Goal")
OLDEST = Text("Le plus ancien depuis", "Oldest for")
LEVEL = Text("Niveau", "Level")
EXPIRES = Text("Expire le", "Expires on")
SEVERITY = Text("Sévérité", "Severity")

# of rows of panels
JOURNEYS = Text("Parcours", "Journeys")
PROCESS = Text("Processus", "Process")

# of links to another dashboard
TO_ON_CALL = Text("Astreinte", "On call")
TO_SUPPORT = Text("Support", "Support")
TO_ANNUAL = Text("Disponibilité annuelle", "Annual figure")
