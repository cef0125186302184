"""Incoming mail: from a mail server's pipe to an act on an incident, and the reply.

    pipe (read, bounded) -> message (parsed) -> senders (authorised) -> receive (acts) -> replies

The message is a stranger's. Nothing in it is executed, followed, or believed without a check,
and only its text and the names of its attachments are stored.
Source: docs/contract.md, 2.2.2 (requests come by mail, from authorised persons only).
"""
