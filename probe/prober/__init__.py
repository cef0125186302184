"""Run one journey under one deadline; decide when each target is due."""
