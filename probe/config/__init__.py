"""Configuration: models, loader, schema, built-in page profiles."""
