"""The words that people read, in French and in English: each closed word once, for every reader.

    bilingual   `Text`, `Row`, `Vocabulary`, and `Texts`, the texts of one reader
    judgement   states, conditions, journeys, outcomes, faults, reasons, steps, causes
    incidents   states, severities, clocks, ends, acts, origins, scopes, deactivation flags
    changes     changes of the hub's outward form, and whether they were announced
    figure      corrections, and how unknown time is read
    reference   writes docs/reasons.md

A sentence of one reader alone stands beside that reader, as `Texts`. The label of a member of a
closed list stands here, and page, commands, tickets, mails and dashboards take it from here.
The package is data: it imports the lists of `probe.core`, and nothing else.
"""
