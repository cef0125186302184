"""Mail in: a message as a mail server's pipe hands it over -> what the desk does with it, and the reply.

    read (bounded) -> letter (parsed) -> senders (who may) -> threads (which incident) -> intake (the desk) -> reply

What is read is somebody else's: nothing in it is executed, followed or believed beyond what is
checked, and nothing of it is stored but the text and the attachments' names. Source:
docs/contract.md, 2.2.2 (requests come by mail, from authorised persons only).
"""
