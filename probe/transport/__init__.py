"""Sends requests and reads answers: names, sockets, TLS, proxies, bytes, cookies, timings.

Session.exchange(Ask) -> Answer      session.py    one journey's browser and back channel; hops
  Transport (httpx)                  client.py     one pool per CA file and proxy, never shared
    TimedNetwork, TimedStream        network.py    TCP and TLS, each timed; limits on reading
      Resolver                       resolve.py    names to addresses
      TlsContexts                    tls.py        one SSL context per CA file
  Decoder                            decode.py     content codings under a cap
  reason_of(exception)               failure.py    every way to fail -> one closed word

libcurl and Python's ssl write the keys of all connections to the file that SSLKEYLOGFILE names, for
whoever debugs TLS. With them the password and the identity can be read out of a recording of the
traffic. The variable is taken out of the environment before libcurl starts, which reads it once.
"""

import os

KEYS_WERE_ASKED_FOR = os.environ.pop("SSLKEYLOGFILE", None) is not None
"""Whether the environment asked for the keys of TLS connections, which are given to nobody."""
