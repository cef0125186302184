"""The examples at the end of each command's `--help`, by the words that call the command.

Each is a command that works where the names in it are known. A test reads every one of them as the
command line does.
"""

from collections.abc import Mapping

from probe.texts.bilingual import Text


def _same(*commands: str) -> tuple[Text, ...]:
    """Return examples that are the same in both languages."""
    return tuple(Text(command, command) for command in commands)


EXAMPLES: Mapping[str, tuple[Text, ...]] = {
    "run": _same("vigie run --config /etc/vigie/vigie.yml"),
    "check": _same("vigie check --idp ameli", "vigie check --plugin --config /etc/vigie/vigie.yml"),
    "journey": _same("vigie journey ameli", "vigie journey ameli --trace"),
    "demo": _same("vigie demo", "vigie demo --language en --for 60"),
    "status": _same("vigie status", "vigie status --hub fc --watch"),
    "outages": _same(
        "vigie outages --open",
        "vigie outages --idp ameli --since 2026-11-01T00:00:00Z --limit 10",
        "vigie outages fc/ameli@2026-11-24T08:00:10Z --trace",
    ),
    "observation": _same("vigie observation 1234"),
    "claims": _same("vigie claims --json"),
    "availability": _same("vigie availability --hub fc", "vigie availability --window year=2026 --json"),
    "incidents": _same("vigie incidents list", "vigie incidents ack 12 --author astreinte"),
    "incidents list": _same("vigie incidents list --severity 1", "vigie incidents list --all --idp ameli"),
    "incidents show": _same("vigie incidents show VIGIE-12"),
    "incidents open": (
        Text(
            'vigie incidents open --severity 4 --idp ameli --author support \\\n  --title "Un usager ne peut pas se connecter"',
            'vigie incidents open --severity 4 --idp ameli --author support \\\n  --title "A citizen cannot log in"',
        ),
    ),
    "incidents ack": _same("vigie incidents ack 12 --author astreinte", "VIGIE_AUTHOR=astreinte vigie incidents ack VIGIE-12"),
    "incidents assign": _same("vigie incidents assign 12 --to reseau --author astreinte"),
    "incidents wait": (
        Text(
            'vigie incidents wait 12 --author astreinte \\\n  --request "Quand votre service revient-il ?"',
            'vigie incidents wait 12 --author astreinte \\\n  --request "When will your service be back?"',
        ),
    ),
    "incidents resume": (
        Text(
            'vigie incidents resume 12 --author astreinte --reason "Il a répondu"',
            'vigie incidents resume 12 --author astreinte --reason "They answered"',
        ),
    ),
    "incidents comment": (
        Text(
            'vigie incidents comment 12 --author astreinte --text "Hub prévenu"',
            'vigie incidents comment 12 --author astreinte --text "The hub was told"',
        ),
        *_same("vigie incidents comment 12 --author astreinte --text - < note.txt"),
    ),
    "incidents resolve": (
        Text(
            'vigie incidents resolve 12 --author astreinte --text "Certificat renouvelé" \\\n  --ended 2026-03-29T08:00:00Z',
            'vigie incidents resolve 12 --author astreinte --text "Certificate renewed" \\\n  --ended 2026-03-29T08:00:00Z',
        ),
    ),
    "incidents notify": _same("vigie incidents notify 12 --to support@fi.example --author astreinte"),
    "incidents remark": (
        Text(
            'vigie incidents remark 12 --author astreinte --text "Toujours lent"',
            'vigie incidents remark 12 --author astreinte --text "Still slow"',
        ),
    ),
    "incidents reopen": (
        Text(
            'vigie incidents reopen 12 --author astreinte --reason "La panne revient"',
            'vigie incidents reopen 12 --author astreinte --reason "It is back"',
        ),
    ),
    "incidents close": (
        Text(
            'vigie incidents close 12 --way confirmed --by "Mme Durand" --how spoken \\\n  --author astreinte',
            'vigie incidents close 12 --way confirmed --by "Ms Durand" --how spoken \\\n  --author astreinte',
        ),
    ),
    "incidents severity": (
        Text(
            'vigie incidents severity 12 --severity 3 --author astreinte \\\n  --reason "Plusieurs usagers"',
            'vigie incidents severity 12 --severity 3 --author astreinte \\\n  --reason "Several users"',
        ),
    ),
    "incidents blocking": _same("vigie incidents blocking 12 --author support"),
    "incidents merge": _same("vigie incidents merge 13 --into 12 --author astreinte"),
    "incidents link": _same("vigie incidents link 13 --to 12 --relation follows --author astreinte"),
    "incidents report": _same("vigie incidents report --month 2026-10"),
    "incidents outbox": _same("vigie incidents outbox", "vigie incidents outbox --retry all"),
    "idp": _same("vigie idp list", "vigie idp approve ameli --author astreinte"),
    "idp list": _same("vigie idp list --hub fc"),
    "idp history": _same("vigie idp history --idp ameli"),
    "idp propose": (
        Text(
            'vigie idp propose ameli --author astreinte --reason "Panne de deux heures"',
            'vigie idp propose ameli --author astreinte --reason "Down for two hours"',
        ),
    ),
    "idp approve": _same("vigie idp approve ameli --author astreinte"),
    "idp reject": (
        Text(
            'vigie idp reject ameli --author astreinte --reason "Retour imminent"',
            'vigie idp reject ameli --author astreinte --reason "Back soon"',
        ),
    ),
    "idp recovered": _same("vigie idp recovered ameli --author astreinte"),
    "mail": _same("vigie mail --config /etc/vigie/vigie.yml < message.eml"),
    "correct": (
        Text(
            'vigie correct fc/ameli@2026-11-24T08:00:10Z --as up --author pilotage \\\n  --reason "Sonde mal réglée"',
            'vigie correct fc/ameli@2026-11-24T08:00:10Z --as up --author steering \\\n  --reason "Probe set up wrongly"',
        ),
        Text(
            'vigie correct --hub fc --withdraw 1 --author pilotage --reason "Erreur"',
            'vigie correct --hub fc --withdraw 1 --author steering --reason "Typing error"',
        ),
    ),
    "exclude": (
        Text(
            "vigie exclude --hub fc --from 2026-03-29T08:00:00Z --to 2026-03-29T09:00:00Z \\\n"
            '  --author pilotage --reason "Convenu par les deux parties"',
            "vigie exclude --hub fc --from 2026-03-29T08:00:00Z --to 2026-03-29T09:00:00Z \\\n"
            '  --author steering --reason "Both parties agreed"',
        ),
    ),
    "import": _same('vigie import 2025.csv --source "Nagios" --author pilotage'),
    "change": _same("vigie change list", "vigie change seen --all"),
    "change announce": (
        Text(
            "vigie change announce --hub fc --planned 2027-06-01T06:00:00Z \\\n"
            '  --title "Nouvelle version du hub" --author pilotage',
            "vigie change announce --hub fc --planned 2027-06-01T06:00:00Z \\\n"
            '  --title "New version of the hub" --author steering',
        ),
    ),
    "change list": _same("vigie change list --hub fc"),
    "change seen": _same("vigie change seen --all"),
    "verify": _same("vigie verify"),
    "replay": _same("vigie replay --json"),
    "export": _same(
        "vigie export --format csv --output outages.csv", "vigie export --format json --what availability --window year=2026"
    ),
    "config": _same("vigie config check /etc/vigie/vigie.yml", "vigie config schema > vigie.schema.json"),
    "config check": _same("vigie config check /etc/vigie/vigie.yml"),
    "config schema": _same("vigie config schema > vigie.schema.json"),
    "init": _same("vigie init", "vigie init --issuer https://hub.example/api/v2 --client-id abc --all-idps"),
    "upgrade": _same("vigie upgrade --check"),
    "store": _same("vigie store backup /var/backups/vigie.jsonl.gz"),
    "store migrate": _same("vigie store migrate"),
    "store backup": _same("vigie store backup /var/backups/vigie.jsonl.gz"),
    "store restore": _same("vigie store restore /var/backups/vigie.jsonl.gz --config /etc/vigie/vigie.yml"),
}  # fmt: skip
