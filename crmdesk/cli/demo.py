"""demo: a whole demonstration on this computer, or a working day that lives by itself."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from crmdesk.actions.refusal import Refusal
from crmdesk.cli.words import Command


@click.command(cls=Command)
@click.option("--walk", type=click.Path(file_okay=False, path_type=Path), help="Live a day by itself; its pictures.")
def demo(walk: Path | None) -> None:
    """Try crmdesk: sample organisation, sample mailbox, nothing of yours is touched."""
    from crmdesk.demo import show  # the demonstration brings server and window along
    from crmdesk.demo import walk as day

    screen = show.choose_screen(quiet=walk is not None)
    if screen:
        click.echo(screen)
    with tempfile.TemporaryDirectory(prefix="crmdesk-demo-") as folder:
        if walk is None:
            sys.exit(show.window(Path(folder), click.echo))
        if not day.live(Path(folder), walk, click.echo):
            raise Refusal("Not everything was as it should be; see the lines above.")


COMMANDS = (demo,)
