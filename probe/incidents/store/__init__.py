"""The tables of the register: incidents, deactivations, the outbox, and the situation that
rules read.
"""
