"""Sends requests and reads answers: names, sockets, TLS, proxies, bytes, cookies, timings.

Session.exchange(Ask) -> Answer      session.py    one journey's browser and back channel; hops
  Transport                          client.py     HTTP by libcurl; connections are never shared
    CurlEngine                       engine.py     libcurl on the event loop, one for each CA file
    OpenedSockets                    sockets.py    the sockets of one transfer
    Handshake, read_chain            handshake.py, certificates.py    how it is secured
    AnswerReader, Decoder            answer.py, decode.py    heads, bodies and codings under caps
    Resolver, ReachedFamilies        resolve.py, families.py    names to addresses
  failure_of(...)                    failure.py    every way to fail -> one closed word
TlsContexts                          tls.py        for the clients of ticket systems

libcurl and Python's ssl write the keys of all connections to the file that SSLKEYLOGFILE names, for
whoever debugs TLS. With them the password and the identity can be read out of a recording of the
traffic. The variable is taken out of the environment before libcurl starts, which reads it once.
"""

import os

KEYS_WERE_ASKED_FOR = os.environ.pop("SSLKEYLOGFILE", None) is not None
"""Whether the environment asked for the keys of TLS connections, which are given to nobody."""
