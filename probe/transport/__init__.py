"""How a request leaves this machine and an answer comes back: names, sockets, TLS, proxies, bytes, cookies, timings.

Session.exchange(Ask) -> Answer      session.py    one journey's browser and back channel; keeps the hops
  Transport (httpx)                  client.py     one pool per way out (CA file, proxy); nothing shared between journeys
    Network, Connection (httpcore)   network.py    names and addresses, TCP, TLS, each timed; hard limits on what is read
      Resolver                       resolve.py
      TlsContexts                    tls.py
  Decoder                            decode.py     gzip and deflate under a cap
  reason_of(exception)               failure.py    every way an exchange can fail -> one closed word
"""
