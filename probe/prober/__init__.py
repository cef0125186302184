"""Runs journeys under their deadlines, and decides when each target is due."""
