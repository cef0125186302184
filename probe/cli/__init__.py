"""The `vigie` command. Each module here holds one command, or what several share."""

import gc

# Importing makes no garbage: without the collector a quick command is a tenth quicker. `main`
# enables it when the command is imported. A journey makes thousands of objects and nearly no
# garbage: looked for once in ten thousand objects (700 by default), it costs a few percent less.
gc.disable()
gc.set_threshold(10_000)

from probe.cli.main import main  # noqa: E402

__all__ = ["main"]
