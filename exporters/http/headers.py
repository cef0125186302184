"""The headers of every answer, which forbid to load, frame, store or send on anything."""

from exporters.http.page import STYLE_HASH

HEADERS = (
    (
        b"content-security-policy",
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
