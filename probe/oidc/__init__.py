"""OpenID Connect as a relying party checks it: JOSE with joserfc, tokens and claims. No I/O, no clock, nothing raised for hostile input."""
