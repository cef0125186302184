"""The words that people read, in French and in English: each closed word once, for every reader.

    bilingual   what a text in two languages is: `Text`, `Row`, `Vocabulary`, and `Texts`, a reader's own
    judgement   states, conditions, outcomes, faults, reasons, steps
    incidents   states, severities, clocks, ends, acts, origins, scopes, deactivation flags
    figure      corrections, and how unknown time is read
    reference   writes docs/reasons.md

A sentence that only one reader says stands beside that reader, as `Texts`. A word that names a member
of a closed list stands here, and page, commands, tickets, mails and dashboards take it from here.
The package is data: it imports the lists of `probe.core`, and nothing else.
"""
