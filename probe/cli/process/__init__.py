"""What a command does to its own process: signals and file descriptors."""
