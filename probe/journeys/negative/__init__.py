"""Journey `negative`: what the hub must refuse.

    client          a client that the hub does not know must not get a mire         request.py
    redirect_uri    our client must not get one with an address that is not ours    request.py
    state           nor without a state (FranceConnect requires it)                 request.py
    idp             an IdP that the hub does not know must not get the browser on   idp.py
    secret          our client must not pass with a wrong secret or signature       secret.py
    code            a code must not be exchanged twice                              code.py
    token           an access token must not be good after its lifetime             token.py
    logout          after the logout the hub must ask for an IdP again              logout.py

A hub that is down refuses everything, which proves nothing. So each journey first shows that the
hub does what is right (it shows the mire, knows our client, gives tokens, has a session), and then
asks for the same with one thing wrong. `proof.py` tells the refusal that was asked for from
trouble.

A refusal is `ok`. What is neither accepted nor refused is `inconclusive`.
"""
