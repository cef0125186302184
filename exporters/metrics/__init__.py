"""The metrics of `/metrics`: their names, and the modules that set their values."""
