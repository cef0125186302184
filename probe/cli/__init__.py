"""The `vigie` command. Each module here holds one command, or what several share."""

import gc

# Importing makes no garbage: without the collector a quick command is a tenth quicker. `main`
# enables it when the command is imported.
gc.disable()

from probe.cli.main import main  # noqa: E402

__all__ = ["main"]
