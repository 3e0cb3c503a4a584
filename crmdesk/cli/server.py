"""server: run the bundled CRM server, add its users, hand out its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from crmdesk.cli.words import Command, Group, answer, invocation, secret_from_stdin


def _host_and_port(_: click.Context, __: click.Parameter, value: str) -> tuple[str, int]:
    """From HOST:PORT; an IPv6 host stands in brackets."""
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise click.BadParameter(f"'{value}' is not HOST:PORT.")
    return host.strip("[]"), int(port)


def _database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "A PostgreSQL address or the path of an SQLite file (default: server.sqlite in the data folder)."
    return click.option("--database", metavar="URL", help=text)(command)


@click.group("server", cls=Group, invoke_without_command=True)
@_database_option
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=_host_and_port,
    default="127.0.0.1:8787",
    show_default=True,
    help="Port 0 takes a free one.",
)
@click.option("--sample", is_flag=True, help="Put the sample organisation into the database first.")
@click.pass_context
def server_group(context: click.Context, database: str | None, listen: tuple[str, int], sample: bool) -> None:
    """Run the bundled CRM server until it is stopped (Ctrl+C)."""
    if context.invoked_subcommand is not None:
        if database is not None:
            raise click.UsageError(
                f"--database stands after the words: server {context.invoked_subcommand} … --database URL"
            )
        return
    from crmdesk.server.run import serve  # uvicorn and sqlalchemy are only for the server

    with _refusals():
        serve(_database(database), *listen, sample=sample, on_ready=_say_where)


@server_group.command("add-user", cls=Command)
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make the user an administrator.")
@click.option("--password-stdin", is_flag=True, required=True, help="The password is the first line of standard input.")
@_database_option
def add_user(name: str, admin: bool, password_stdin: bool, database: str | None) -> None:
    """Add a user, or give an existing one a new password."""
    from crmdesk.server import run  # sqlalchemy and argon2 are only for the server

    password = secret_from_stdin()
    with _refusals():
        key = run.add_user(_database(database), name, password, admin)
    answer({"id": key, "name": name}, f"{name} can sign in now.")


@server_group.command("token", cls=Command)
@click.argument("name")
@_database_option
def token(name: str, database: str | None) -> None:
    """Print a personal access token for a user. It is shown this once and lives until the password changes."""
    from crmdesk.server import run  # sqlalchemy and argon2 are only for the server

    with _refusals():
        made = run.make_token(_database(database), name)
    answer({"token": made}, made)


def _database(given: str | None) -> str:
    return given or str(invocation().folder / "server.sqlite")


def _say_where(url: str) -> None:
    answer({"url": url}, f"crmdesk server listens on {url}")


@contextmanager
def _refusals() -> Iterator[None]:
    """What the server refuses becomes one sentence on stderr and exit code 1."""
    from crmdesk.server.database import NoDatabase  # sqlalchemy is only for the server
    from crmdesk.server.run import CannotListen
    from crmdesk.server.security import BadPassword, NoSuchUser

    try:
        yield
    except (NoDatabase, CannotListen, BadPassword, NoSuchUser) as error:
        raise click.ClickException(str(error)) from None


COMMANDS = (server_group,)
