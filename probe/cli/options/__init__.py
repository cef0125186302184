"""What several commands read from their command line."""
