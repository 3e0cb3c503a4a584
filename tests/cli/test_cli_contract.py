"""What every command promises to a script: where options stand, exit codes, one document or nothing, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from crmdesk.cli.main import FILES, main, program
from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine
from tests.support.server_process import CRMDESK

ID = "00000000-0000-4000-8000-000000000001"


def leaves(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command; a group that does something by itself is one too."""
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found += leaves(command, (*words, name))
            found += [(*words, name)] if command.invoke_without_command else []
        else:
            found.append((*words, name))
    return found


COMMANDS = leaves(program)


@pytest.fixture
def desk(tmp_path: Path) -> CommandLine:
    """A profile that knows no server."""
    return CommandLine(tmp_path / "P")


def test_each_file_of_commands_holds_what_is_looked_for_there() -> None:
    for file, names in FILES.items():
        assert tuple(each.name for each in import_module(f"crmdesk.cli.{file}").COMMANDS) == names
    words = {" ".join(each) for each in COMMANDS}
    assert {
        "server", "server add-user", "server token", "connect", "status", "sync", "offline", "online", "new", "get",
        "set", "delete", "list", "group list", "group set", "groups list", "groups add", "groups change", "groups on",
        "groups off", "groups remove", "groups defaults", "groups count", "option list", "option set", "mail add",
        "mail fetch",
        "mail list", "mail show", "mail send", "import", "track", "untrack", "contacts copy", "search",
        "addressbook sync", "addressbook find", "waiting", "discard", "history", "restore", "problems", "resolve",
        "demo", "diagnostics",
    } == words  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_profile_and_json_stand_before_and_after_every_word(words: tuple[str, ...], tmp_path: Path) -> None:
    for place in range(len(words) + 1):
        options = ["--json", "--profile", str(tmp_path)]
        assert main([*words[:place], *options, *words[place:], "--help"]) == 0


def test_the_places_mean_the_same(desk: CommandLine) -> None:
    desk.new("contact", "lastname=Berg")
    profile, expected = ["--profile", str(desk.profile)], desk.answer("list", "contact")
    for words in (
        [*profile, "list", "contact", "--json"],
        ["--json", "list", *profile, "contact"],
        ["list", "contact", *profile, "--json"],
        ["--json", "--profile", "elsewhere", "list", "contact", "--json", *profile],
    ):
        assert CommandLine(Path("nowhere")).say(*words).document == expected
    assert not Path("nowhere").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["nonsense"], "nonsense"),
        (["status", "more"], "more"),
        (["--no-such-option", "status"], "--no-such-option"),
        (["get", "contact"], "ID"),
        (["get", "contact", "berg"], "'berg' is not an id"),
        (["set", "contact", ID], "FIELD=VALUE"),
        (["set", "contact", ID, "lastname"], "'lastname' is not FIELD=VALUE"),
        (["set", "contact", ID, "=Berg"], "'=Berg' is not FIELD=VALUE"),
        (["new", "contact", "--jsonl", "lastname=Berg"], "standard input"),
        (["list", "contact", "--limit", "-1"], "--limit"),
        (["list", "contact", "--limit", "99999999999999999999"], "--limit"),
        (["track", "account", ID], "account"),
        (["track", "task", ID, "--regarding", ID], "--regarding"),
        (["history", "--record", "nobody:x"], "nobody"),
        (["contacts", "copy"], "--all"),
        (["contacts", "copy", "--all", ID], "--all"),
        (["connect", "https://crm.example"], "--token-stdin"),
        (["connect", "https://crm.example", "--user", "anna", "--password-stdin"], "there was nothing"),
        (["mail", "add"], "--maildir"),
        (["mail", "send", "--subject", "x"], "--to"),
        (["server", "--listen", "nowhere"], "nowhere"),
        (["server", "--database", "x.sqlite", "token", "anna"], "--database"),
        (["server", "add-user", "anna"], "--password-stdin"),
        (["status", "--profile", ""], "empty"),
        (["search", "\udcff"], "UTF-8"),
        (["new", "contact", "lastname=\udcff"], "UTF-8"),
    ],
)
def test_wrong_usage_is_2(desk: CommandLine, words: list[str], named: str) -> None:
    assert named in desk.refusal(*words, code=2)
    assert not (desk.profile / "crmdesk.db").exists(), "nothing was done"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["get", "contact", ID], "There is no contact"),
        (["get", "nobody", ID], "no kind of record called 'nobody'"),
        (["set", "contact", ID, "lastname=Berg"], "There is no contact"),
        (["set", "contact", ID, "shoesize=42"], "no field 'shoesize'"),
        (["new", "contact", "createdon=2026-11-23"], "written by the server alone"),
        (["new", "contact", "firstname=Zoe"], "Last name (lastname): it must be filled"),
        (["new", "contact", "lastname=" + "x" * 51], "at most 50 characters; this has 51"),
        (["new", "opportunity", "name=A", "estimatedvalue=much"], "'much' is not a number"),
        (["new", "opportunity", "name=A", "estimatedvalue=nan"], "estimatedvalue"),
        (["new", "opportunity", "name=A", f"customerid=task:{ID}"], "account, contact"),
        (["new", "task", "subject=A", "prioritycode=9"], "no choice 9"),
        (["new", "task", "subject=A", "scheduledend=soon"], "scheduledend"),
        (["new", "contact", "lastname=A", "birthdate=1970-02-30"], "birthdate"),
        (["new", "systemuser", "fullname=A"], "administrator"),
        (["list", "organization"], "not kept in the local data"),
        (["list", "contact", "--filter", "shoesize eq 42"], "shoesize"),
        (["list", "contact", "--filter", "lastname eq 'Berg"], "position 12"),
        (["list", "contact", "--filter", " or ".join(["lastname eq 'x'"] * 3000)], "too large"),
        (["group", "set", "contact", "lastname is Berg"], "position 9"),
        (["group", "set", "organization", "true"], "not kept in the local data"),
        (["groups", "add", "contact", "x", "lastname is Berg"], "position 9"),
        (["groups", "count", "organization", "true"], "not kept in the local data"),
        (["groups", "change", "nothing", "--name", "x"], "no local data group"),
        (["option", "set", "nonsense", "1"], "Known: duplicates"),
        (["option", "set", "duplicates", "maybe"], "ask, create, skip"),
        (["option", "set", "sync.minutes", "0"], "from 1 to"),
        (["discard", "contact", ID], "waits"),
        (["discard", "message", ID], "waits"),
        (["restore", "nothing"], "no history line"),
        (["resolve", "nothing", "mine"], "no open problem"),
        (["track", "contact", ID], "There is no contact"),
        (["untrack", "message", ID], "no message"),
        (["mail", "show", ID], "no message"),
        (["mail", "send", "--to", "a@b.example", "--subject", "x"], "No mail account"),
        (["mail", "add", "--maildir", "/nowhere"], "no mailbox"),
        (["import", "/nowhere.eml"], "Nothing was imported"),
        (["sync"], "No server is set up yet"),
        (["online"], "No server is set up yet"),
        (["offline"], "No server is set up yet"),
        (["offline", "--now"], "No server is set up yet"),
        (["get", "contact", ID, "--live"], "No server is set up yet"),
        (["addressbook", "sync"], "No server is set up yet"),
        (["contacts", "copy", "--all"], "No server is set up yet"),
        (["connect", "http://crm.example", "--user", "anna", "--password-stdin"], "unencrypted"),
        (["connect", "ftp://crm.example", "--token-stdin"], "no address of a server"),
        (["connect", "http://127.0.0.1", "--token-stdin"], "no access token"),
        (["server", "token", "nobody", "--database", "{folder}/s.sqlite"], "no user called 'nobody'"),
        (["server", "--database", "{folder}"], "cannot be opened"),
    ],
)
def test_a_refusal_is_1_with_its_reason(desk: CommandLine, tmp_path: Path, words: list[str], named: str) -> None:
    filled = [each.replace("{folder}", str(tmp_path)) for each in words]
    assert named in desk.refusal(*filled, stdin="schlüssel\n")


def test_what_stands_on_stdin_is_checked_before_anything_is_made(desk: CommandLine) -> None:
    for lines, named in [
        (b'{"lastname":"A"}\nnonsense\n', "Line 2 is no JSON"),
        (b'["lastname"]\n', "Line 1 is no JSON object"),
        (b'{"lastname":"\xff"}\n', "Line 1 is no JSON"),
        (b'{"lastname":"A"}\n{"lastname":5}\n', "takes text"),
        (b'{"lastname":"A","shoesize":42}\n', "shoesize"),
    ]:
        assert named in desk.refusal("new", "contact", "--jsonl", stdin=lines)
    assert "a list of people" in desk.refusal(
        "new", "email", "--jsonl", stdin=b'{"subject":"A","email_activity_parties":["anna"]}'
    )
    assert desk.answer("list", "contact") == []
    assert "UTF-8" in desk.refusal("connect", "127.0.0.1:9", "--token-stdin", stdin=b"\xff\n", code=2)


@pytest.mark.parametrize("place", ["letter.txt", "letter.txt/below", "/proc/nowhere", "/dev/null"])
def test_a_profile_that_cannot_be_one(tmp_path: Path, place: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear Jeff")
    said = CommandLine(tmp_path / place).say("new", "contact", "lastname=Berg", "--json")
    assert said.code in (1, 2)
    assert (tmp_path / "letter.txt").read_text() == "Dear Jeff"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_profile_that_may_not_be_written(desk: CommandLine) -> None:
    desk.new("contact", "lastname=Berg")
    (desk.profile / "crmdesk.db").chmod(0o444)
    desk.profile.chmod(0o555)
    assert "Nothing was changed" in desk.refusal("new", "contact", "lastname=Lind")
    desk.profile.chmod(0o755)


def test_a_file_that_is_no_database_is_left_alone(desk: CommandLine) -> None:
    desk.profile.mkdir()
    (desk.profile / "crmdesk.db").write_text("Dear Jeff, " * 500)
    assert "Nothing was changed" in desk.refusal("status")
    assert (desk.profile / "crmdesk.db").read_text().startswith("Dear Jeff, Dear")


def test_streams_that_are_closed_or_full(desk: CommandLine) -> None:
    desk.new("contact", "lastname=Zoë")
    program_words = [*CRMDESK, "--profile", str(desk.profile)]

    def shell(line: str, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        command = ["bash", "-c", line, "bash", *program_words, *words]
        return subprocess.run(command, capture_output=True, timeout=60, env={**os.environ, **environment})

    no_stdin = shell('"$@" <&-', "connect", "127.0.0.1:9", "--user", "anna", "--password-stdin")
    assert (no_stdin.returncode, no_stdin.stdout) == (2, b"")
    assert b"there was nothing" in no_stdin.stderr
    full = shell('"$@" > /dev/full', "status")
    assert (full.returncode, full.stderr) == (
        1,
        b"It is done, but the answer could not be written: No space left on device.\n",
    )
    hung_up = shell('"$@" | true', "list", "contact", "--json")
    assert hung_up.stderr == b""
    latin = shell('"$@"', "list", "contact", "--json", PYTHONIOENCODING="latin-1")
    assert '"fullname": "Zoë"' in latin.stdout.decode(), "JSON is UTF-8, whatever the terminal speaks"


def test_a_full_disk_keeps_what_was_saved(desk: CommandLine) -> None:
    """The limit of a file's size stands for the disk's: SQLite hears of both in the same way."""
    desk.new("contact", "lastname=Berg")
    blocks = sum(each.stat().st_size for each in desk.profile.iterdir()) // 1024 + 64
    words = ["--profile", str(desk.profile), "new", "contact", "--jsonl"]
    lines = b"".join(b'{"lastname":"Full","description":"%s"}\n' % (b"x" * 1500) for _ in range(500))
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {blocks}; "$@"', "bash", *CRMDESK, *words],
        input=lines,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, b""), done
    assert b"everything saved before is kept. Free some space and try again." in done.stderr
    assert b"Traceback" not in done.stderr
    assert [each["fullname"] for each in desk.answer("list", "contact")] == ["Berg"]


def test_a_command_brings_only_what_it_needs(connect: Connect) -> None:
    desk = connect("A")
    slow = ("httpx", "alembic", "keyring", "PySide6", "uvicorn", "starlette", "imapclient", "nh3")
    for words, more in [
        (["--version"], ("sqlalchemy",)),
        (["status"], ()),
        (["list", "contact"], ()),
        (["new", "contact", "lastname=Private"], ()),
        (["waiting"], ()),
    ]:
        script = (
            "import sys; from crmdesk.cli.main import main; code = main(sys.argv[1:]); "
            f"print([each for each in {(*slow, *more)!r} if each in sys.modules], file=sys.stderr); sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "--profile", str(desk.profile), *words], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "[]\n"), words
