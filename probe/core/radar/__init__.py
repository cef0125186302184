"""Notices changes of the hub's outward form, and compares them with the announced ones."""
