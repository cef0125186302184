"""Vigie: the watch over an identity federation."""
