"""What every command shares: --profile and --json wherever they stand, the open session, and one way of answering."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson
import platformdirs

from crmdesk.actions.refusal import Refusal
from crmdesk.model.record import Record, Reference, guid
from crmdesk.model.words import UnknownEntity, entity

if TYPE_CHECKING:
    from crmdesk.session.session import Session

LIMIT = click.IntRange(min=0, max=2**31 - 1)


@dataclass
class Invocation:
    """What stood on the command line beside the command's own words."""

    profile: Path | None = None
    json: bool = False

    @property
    def folder(self) -> Path:
        return self.profile or Path(platformdirs.user_data_path("crmdesk", appauthor=False))


def invocation() -> Invocation:
    return click.get_current_context().find_root().ensure_object(Invocation)


def _keep_profile(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.find_root().ensure_object(Invocation).profile = value


def _keep_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().ensure_object(Invocation).json = True


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--profile"],
            type=_Folder(file_okay=False, path_type=Path),
            expose_value=False,
            callback=_keep_profile,
            help="The folder of the profile (default: this platform's data folder).",
        ),
        click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_keep_json, help="Answer with one JSON document."
        ),
    ]


def _refuse_what_is_no_text(context: click.Context) -> None:
    """Paths may be any bytes; everything else is text, and goes to the store and the server as such."""
    for value in context.params.values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not _is_text(text):
                raise click.UsageError(f"{text!a} is not text in UTF-8.", context)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Folder(click.Path):
    """A folder that has a name: an empty one, as of a variable that is not set, would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("The name of the folder is empty.", param, ctx)
        return super().convert(value, param, ctx)


class Command(click.Command):
    """A command that takes --profile and --json after its words."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += _common()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        _refuse_what_is_no_text(ctx)
        return rest


class Group(click.Group):
    """A group that takes them too, and whose commands do."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += _common()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        _refuse_what_is_no_text(ctx)
        return rest


@contextmanager
def open_session() -> Iterator[Session]:
    from crmdesk.session.session import Session  # sqlalchemy takes 200 ms, and --help needs none

    session = Session(invocation().folder)
    try:
        yield session
    finally:
        session.close()


def say_how_safe(session: Session) -> None:
    """To be called where a secret was just kept."""
    if not session.secrets.is_safe:
        click.echo("The secret is kept in a file (CRMDESK_SECRETS); that is less safe than a secret store.", err=True)


def answer(document: Any, words: str | Callable[[], str | None] | None = None) -> None:
    """Say it: the document as JSON when that was asked for, else in words (None: nothing to say).

    The last thing that a command does, so that nothing stands on stdout when it fails.
    """
    said: str | bytes | None
    if invocation().json:
        said = orjson.dumps(document, option=orjson.OPT_INDENT_2)  # UTF-8, whatever the terminal speaks
    else:
        said = words() if callable(words) else words
    if said is None:
        return
    try:
        click.echo(said)
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # whoever read it has read enough
        raise Refusal(f"It is done, but the answer could not be written: {error.strerror}.") from None


def reference(kind: str, key: str) -> Reference:
    """From the command's words. Raises UnknownEntity, and UsageError for what is no id."""
    entity(kind)
    try:
        return Reference(kind, guid(key))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


class ReferenceType(click.ParamType[Any]):
    """ENTITY:ID."""

    name = "entity:id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reference:
        if isinstance(value, Reference):
            return value
        name, _, key = str(value).partition(":")
        try:
            entity(name)
            return Reference(name, guid(key))
        except (ValueError, UnknownEntity) as error:
            self.fail(str(error), param, ctx)


def standard_input() -> BinaryIO:
    """What comes in; nothing where it is closed."""
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer


def text_from_stdin() -> str:
    """All of standard input."""
    return _decoded(standard_input().read())


def secret_from_stdin() -> str:
    """The first line of standard input, without its end."""
    text = _decoded(standard_input().readline()).rstrip("\r\n")
    if not text:
        raise click.UsageError("The secret is expected on standard input; there was nothing.")
    return text


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise click.UsageError("What stands on standard input is not text in UTF-8.") from None


def document_of(record: Record) -> dict[str, Any]:
    """A record as `get` and `list` show it."""
    shown = {name: value for name, value in record.values.items() if "@" not in name}
    return {
        "id": record.id,
        **shown,
        "_state": record.state.value,
        "_tracked": record.tracked,
        "_mine": record.mine,
    }


def written(session: Session, target: Reference) -> dict[str, Any]:
    """What a write answers: the id and how the record stands now."""
    from crmdesk.store import outbox, records  # keeps sqlalchemy out of `--help`

    with session.store.read() as reader:
        found = records.get(reader, target)
        waits = any(entry.reference == target for entry in outbox.entries(reader))
    state = found.state.value if found else ("waiting" if waits else "clean")
    return {"id": target.id, "_state": state}


def in_lines(document: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {'' if value is None else value}" for name, value in document.items())
