"""The checks of an OpenID Connect relying party: tokens (by joserfc) and their claims.

There is no I/O and no clock here, and nothing raises for hostile input.
"""
