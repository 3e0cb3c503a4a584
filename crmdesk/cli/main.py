"""The commands together, and what their failures are for whoever called: 0 done, 1 refused, 2 wrong usage, 75 later."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from crmdesk import __version__
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.words import Group, invocation
from crmdesk.crm.errors import Cancelled, CrmError, Garbled, Unreachable
from crmdesk.mail.errors import MailError, MailUnreachable
from crmdesk.model.record import BadValue
from crmdesk.model.words import UnknownEntity
from crmdesk.odata.errors import ODataError
from crmdesk.secrets import SecretsError
from crmdesk.settings import BadOption
from crmdesk.store.errors import StoreBusy, StoreError
from crmdesk.sync.errors import Busy

REFUSED, WRONG_USAGE, LATER = 1, 2, 75
_LATER = (Unreachable, Garbled, Cancelled, Busy, StoreBusy, MailUnreachable)
_REFUSED = (
    Refusal, BadValue, BadOption, UnknownEntity, ODataError, SecretsError, StoreError, CrmError, MailError, LookupError,
    ValueError, OSError,
)  # fmt: skip


FILES = {
    "connection": ("connect", "status", "sync", "offline", "online", "diagnostics"),
    "records": ("new", "get", "set", "delete", "list"),
    "local_data": ("group", "groups", "option", "search", "addressbook"),
    "tracking": ("track", "untrack", "contacts"),
    "problems": ("waiting", "discard", "problems", "resolve"),
    "history": ("history", "restore"),
    "mail": ("mail", "import"),
    "demo": ("demo",),
    "server": ("server",),
}
"""Each file of commands, and what it holds."""


class _Program(Group):
    """Imports a file of commands when one of them is called: each brings what it needs, and only that."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in FILES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for file, names in FILES.items():
            if cmd_name in names:
                commands: Sequence[click.Command] = import_module(f"crmdesk.cli.{file}").COMMANDS
                return next(each for each in commands if each.name == cmd_name)
        return None


@click.group(cls=_Program, invoke_without_command=True)
@click.version_option(__version__, prog_name="crmdesk")
@click.pass_context
def program(context: click.Context) -> None:
    """Mail and CRM on your desk, online and offline. Without a command, the window opens."""
    if context.invoked_subcommand is None:
        try:
            # what a start makes stays: the collector would look through it again and again, a sixth of the time;
            # crmdesk.desk.garbage takes over
            gc.disable()
            from crmdesk.app import run  # Qt is only for the window
        except ImportError as error:  # a library that Qt needs is not on this computer
            raise Refusal(
                f"The window cannot be opened: {error}. All commands work without it: crmdesk --help"
            ) from error
        context.exit(run(invocation().folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; gives the exit code. Reasons go to stderr, and then nothing stands on stdout."""
    try:
        code = program.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return WRONG_USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Everything saved so far is kept.", err=True)
        return 130
    except _LATER as error:
        click.echo(str(error), err=True)
        return LATER
    except _REFUSED as error:
        click.echo(str(error) or type(error).__name__, err=True)
        return REFUSED
    return code if isinstance(code, int) else 0


def run() -> None:
    sys.exit(main())
