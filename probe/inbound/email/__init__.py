"""Mail in: a message as a mail server's pipe hands it over -> what the desk does with it, and the reply.

    pipe (read, bounded) -> message (parsed) -> senders (who may) -> receive (which incident) -> replies

What is read is somebody else's: nothing in it is executed, followed or believed beyond what is
checked, and nothing of it is stored but the text and the attachments' names. Source:
docs/contract.md, 2.2.2 (requests come by mail, from authorised persons only).
"""
