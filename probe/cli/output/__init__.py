"""Tables and sentences that several commands print, in French or English."""
