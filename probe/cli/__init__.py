"""The `vigie` command. Each module here holds one command, or what several share."""

from probe.cli.main import main

__all__ = ["main"]
