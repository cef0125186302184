"""Ticket systems, and the deliverer that feeds them from `probe.incidents.store.outbox`.

    register --same transaction--> outbox --take--> deliverer --deliver--> Request Tracker, mail,
                                                        |                  GLPI, webhook
                                                        +-- TicketHistory: the incident as a Story
                                                        +-- TicketWording: the Story as a Message

There is one ticket for each incident and system, and one comment for each act, in their order. None
is written twice: the deliverer looks for a ticket before it makes one, and for the comment after a
try whose result is not known.
"""
