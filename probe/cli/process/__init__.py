"""Sets up a command's own process: signals and file descriptors."""
