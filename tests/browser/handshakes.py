"""Handshakes: certificates and versions of TLS that browsers take or refuse."""

from tests.browser.row import row, to

KIND = "handshakes"
NAMES = ("no-intermediate", "expired", "misnamed", "unknown", "tls-1-2", "tls-1-1", "cbc", "rsa-exchange", "cbc-of-rsa", "cbc-sha-2", "dhe")
"""What is unusual about a host: `web.py` makes it so."""
DIFFERS = {
    "no-intermediate": "Chromium fetches the issuer from the address that the certificate names; Vigie, as services do, does not",
    "cbc-sha-2": "OpenSSL's usual ciphers have it and Chromium's do not: such a server is up for Vigie alone",
}

for _name in NAMES:
    row(KIND, _name, {}, start=f"https://{_name}.hub.test/", differs=DIFFERS.get(_name, ""))
row(KIND, "expired-behind-a-redirect", {"hub.test/": to("https://expired.idp.test/")})
