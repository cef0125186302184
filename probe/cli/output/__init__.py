"""What several commands write: tables and sentences, in French or English."""
