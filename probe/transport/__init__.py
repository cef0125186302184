"""Sends requests and reads answers: names, sockets, TLS, proxies, bytes, cookies, timings.

Session.exchange(Ask) -> Answer      session.py    one journey's browser and back channel; hops
  Transport (httpx)                  client.py     one pool per CA file and proxy, never shared
    TimedNetwork, TimedStream        network.py    TCP and TLS, each timed; limits on reading
      Resolver                       resolve.py    names to addresses
      TlsContexts                    tls.py        one SSL context per CA file
  Decoder                            decode.py     gzip and deflate under a cap
  reason_of(exception)               failure.py    every way to fail -> one closed word
"""
