"""Citizen journeys: generators that yield requests and judge answers. No I/O, no clock, no transport in here."""
