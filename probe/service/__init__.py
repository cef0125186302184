"""What `vigie run` is made of: the watch, and the adapters between the ledger, the incidents
and the exporters.
"""
