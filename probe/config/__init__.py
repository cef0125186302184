"""The configuration: models, loader, rules, JSON Schema, built-in page profiles."""
