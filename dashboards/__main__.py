"""`python -m dashboards` writes the dashboards; `--check` only compares them with the files."""

import sys
from pathlib import Path

import click

from dashboards.generate import FOLDER, RUNBOOKS, differing, files, write
from probe.texts.bilingual import Language


@click.command()
@click.option(
    "--language", type=click.Choice([language.value for language in Language]), default=Language.FR.value, help="Language of all texts."
)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, help="Folder for the files. Default: dashboards/json."
)
@click.option("--runbooks", default=RUNBOOKS, help=f"Address of the runbooks, as a browser reaches it. Default: {RUNBOOKS}.")
@click.option("--check", is_flag=True, help="Write nothing; print the files that are out of date, and exit with 1 if there are any.")
def main(language: str, folder: Path, runbooks: str, check: bool) -> None:
    """Write the dashboards that Grafana imports, one JSON file each."""
    made = files(Language(language), runbooks)
    try:
        if not check:
            write(folder, made)
            return
        stale = differing(folder, made)
    except OSError as error:
        click.echo(f"{folder}: {error.strerror}", err=True)
        sys.exit(2)
    for name in stale:
        click.echo(f"{folder / name}: out of date; run python -m dashboards", err=True)
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
