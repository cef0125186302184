"""From an outage to an act: the incident register, its automation, and what people do with it."""
