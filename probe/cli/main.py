"""`vigie`: the group of all commands."""

import click

from probe.cli.check import check
from probe.cli.config import config
from probe.cli.demo import demo
from probe.cli.journey import journey
from probe.cli.options import Group
from probe.cli.outages import outages
from probe.cli.run import run
from probe.cli.status import status


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vigie-fc", prog_name="vigie")
def main() -> None:
    """The watch over an identity federation: a synthetic citizen logs in all day, and tells who is at fault when it fails."""


for command in (run, demo, check, journey, status, outages, config):
    main.add_command(command)
