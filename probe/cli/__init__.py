"""The `vigie` command. Each module here holds one command, or what several share."""

import gc

gc.disable()  # importing makes no garbage; a quick command is a tenth quicker. `main` enables it when the command is there

from probe.cli.main import main  # noqa: E402

__all__ = ["main"]
