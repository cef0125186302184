"""Ticket systems, and the deliverer that feeds them from the outbox (`probe.incidents.store.outbox`).

    register --same transaction--> outbox --take--> deliverer --deliver--> Request Tracker, mail, GLPI, webhook
                                                    tell: Story, words: Message

One ticket per incident and system, one comment per act, in their order, none twice: before a ticket is made it is looked up, and after a
try of which nothing is known so is the comment.
"""
