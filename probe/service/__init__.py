"""The parts of `vigie run`: the watch, and the adapters between the ledger, the incidents
and the exporters.
"""
