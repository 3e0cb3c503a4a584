"""A monkey's life: a window over a profile with a server and mail, some hundred deeds, and the laws at its end.

No exception in any thread, no warning of Qt, no turn of the window's thread longer than FREEZE, and nothing saved is
lost: when the network is back and everything was synchronised, it is on the server, in history, or waits with a
problem.
A life follows from its seed but for what threads do meanwhile: the same seed is nearly the same life.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import os
import random
import re
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType

import httpx
import orjson
import shiboken6
from PySide6.QtCore import (
    QEventLoop,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    QUrl,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog

from crmdesk import app
from crmdesk.actions import mail
from crmdesk.actions.mail import Arrival
from crmdesk.crm.client import Client, Page, Read, Update
from crmdesk.crm.errors import CrmError
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.session.session import Session
from crmdesk.store import history, mailbox, outbox, records, runs
from crmdesk.store.mailbox import Account, Folder
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import ENGLISH
from crmdesk.ui.language import speak
from crmdesk.ui.theme import theme
from tests.monkey.monkey import Monkey
from tests.support.builders import MemorySecrets
from tests.support.in_process import InProcessServer
from tests.support.lossy import Lossy
from tests.support.watchdog import Watchdog

DEEDS = 400
FREEZE = 4000.0  # ms of the window's own work at a time, on a machine that may be very slow
SLOW = 50.0  # ms; told, not forbidden: what a monkey asks for at once nobody asks for
_HARMLESS = re.compile("This plugin does not support|.*(RHI|Rhi|Vulkan|GPU|GBM)")
"""What a screen that nobody looks at, without a graphics card, makes Qt say."""
_ME = "anna@us.example"


class Broken(AssertionError):
    """A law does not hold."""


@dataclass
class Life:
    """What came of it. `slow`: the turns of the window's thread over SLOW ms, longest first."""

    seed: int
    told: list[str] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)


def live(seed: int, deeds: int = DEEDS) -> Life:
    """Live the life of a seed. Raises Broken, with the seed and the last deeds as a note."""
    life = Life(seed)
    folder = Path(mkdtemp(prefix="crmdesk-monkey-"))
    try:
        with _heard() as heard:
            _live(life, folder, deeds, heard)
    except BaseException as error:
        last = "\n".join(f"  {each}" for each in life.told[-25:])
        error.add_note(f"replay: python3 packaging/dev.py monkey --replay {seed}\nthe last deeds:\n{last}")
        raise
    finally:
        speak(ENGLISH)
        theme().choose("light")
        shutil.rmtree(folder, ignore_errors=True)
    return life


def _live(life: Life, folder: Path, deeds: int, heard: list[str]) -> None:
    rng = random.Random(f"monkey {life.seed}")
    server = InProcessServer(folder, sample=True)
    wire = _Wire(server.transport)
    network = Lossy(wire, lambda request: None)
    session = Session(folder / "profile", secrets=MemorySecrets(), transport=network)
    colleague = Client("http://localhost", TokenCredentials(server.token(server.add_user("ben"))), server.transport)
    try:
        session.connect_with_token("http://localhost", server.token(server.add_user("anna")))
        session.do(_mail_account)
        for number in range(12):
            session.do(_arrival(number))
        session.sync()
        theme().choose("light")
        window = app.build(session)
        wanted = _Wanted(session)
        monkey = Monkey(window, rng, network, lambda dice: _works(colleague, dice))
        life.told = monkey.told
        window.window.resize(1280, 800)
        window.window.show()
        window.begin()
        try:
            life.slow = _lead(monkey, wanted, deeds, heard)
        finally:
            network.decide = lambda request: None
            window.close()
            shiboken6.delete(window.window)
        if heard:
            raise Broken("\n".join(heard))
        if life.slow and life.slow[0][0] > FREEZE:
            raise Broken(f"the window's thread worked for {life.slow[0][0]:.0f} ms at a time:\n{life.slow[0][1]}")
        _come_to_rest(session)
        wanted.check(wire)
    finally:
        colleague.close()
        session.close()
        server.close()


def _lead(monkey: Monkey, wanted: _Wanted, deeds: int, heard: list[str]) -> list[tuple[float, str]]:
    """Deed after deed inside the event loop, also inside that of a dialog which waits; then everything is closed.

    Gives the turns of more than SLOW ms of work, the longest first, with what was done in them.
    """
    watchdog = Watchdog(SLOW)
    loop = QEventLoop()
    left = [deeds]
    over: list[bool] = []

    def tick() -> None:
        if over:
            return
        QTimer.singleShot(2, tick)  # before the deed: a timer does not fire while its own slot waits for a dialog
        do()

    def do() -> None:
        if heard:
            left[0] = 0
        if left[0] > 0:
            left[0] -= 1
            try:
                monkey.step()
                wanted.look()
            except Exception:  # the border: whatever it is, it is told, and the life ends
                heard.append(traceback.format_exc())
            return
        popup = QApplication.activePopupWidget()
        dialogs = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
        if popup is not None:
            popup.close()
        elif dialogs:
            dialogs[-1].reject()
        else:
            over.append(True)
            loop.quit()

    tick()
    loop.exec()
    watchdog.stop()
    return sorted(((turn.work, turn.stack) for turn in watchdog.turns if turn.work > SLOW), reverse=True)


class _Wire(httpx.BaseTransport):
    """Remembers what was sent and answered: the words that were on the server once."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.bodies: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        body = request.content
        if body:
            self.bodies.append(gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body)
        return answer


class _Wanted:
    """What was saved in the window and not sent at the time: each word must be found again at the end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[tuple[Reference, str], str] = {}
        self._kept: set[str] = set()
        self._run = ""

    def look(self) -> None:
        with self._session.store.read() as reader:
            now = _edits(reader)
            run = "".join(each.id for each in runs.newest(reader, 1))
        if run != self._run:  # what is gone now may have been sent, and must be found; else the person took it back
            self._kept.update(value for spot, value in self._open.items() if spot not in now)
        self._open, self._run = now, run

    def check(self, wire: _Wire) -> None:
        """Raises Broken for what is nowhere."""
        with self._session.store.read() as reader:
            waiting = set(_edits(reader).values())
            lost = orjson.dumps([(each.lost, each.kept) for each in history.lines(reader, None, None, None)])
        sent = b"\n".join(wire.bodies)
        for value in self._kept | set(self._open.values()):
            kind, _, key = value.partition(":")
            said = orjson.dumps(key if kind in ENTITIES else value)[1:-1]  # a lookup travels in another form
            if value not in waiting and said not in sent and said not in lost:
                raise Broken(f"{value!r} was saved, and is neither on the server nor in history")


def _edits(reader: Reader) -> dict[tuple[Reference, str], str]:
    found: dict[tuple[Reference, str], str] = {}
    for entry in outbox.entries(reader):
        local = records.stored(reader, entry.reference)
        if local is not None:
            edits = local.edits.items()
            found.update({(entry.reference, name): each.mine for name, each in edits if isinstance(each.mine, str)})
    return found


def _come_to_rest(session: Session) -> None:
    """Synchronise until nothing is left that could be sent. Raises Broken."""
    for _ in range(6):
        session.go_online()
        session.sync()
        with session.store.read() as reader:
            left = [entry for entry in outbox.entries(reader) if not entry.held]
        if not left:
            return
    raise Broken(f"these still wait, and nobody says why: {left}")


def _works(colleague: Client, dice: random.Random) -> str:
    """A colleague changes a record on the server."""
    entity, name = dice.choice((("account", "telephone1"), ("contact", "jobtitle"), ("task", "description")))
    (page,) = colleague.ask([Read(query=Query(entity, top=50))])
    if not isinstance(page, Page) or not page.rows:
        return ""
    row = dice.choice(page.rows)
    outcome = colleague.write([Update(entity, row.id, {name: f"ben's {dice.random():.6f}"}, row.version)])[0]
    return f"{entity} {row.id}{': ' + str(outcome) if isinstance(outcome, CrmError) else ''}"


def _mail_account(tx: Transaction) -> Changes:
    mailbox.save_account(tx, Account("work", "imap", _ME, "Anna Berg", {"smtp": "127.0.0.1:9", "insecure": True}))
    for name in ("Inbox", "Sent", "Archive", "Trash"):
        mailbox.save_folder(tx, "work", name, name.lower(), None)
    return Changes(messages=True)


def _arrival(number: int) -> Callable[[Transaction], Changes]:
    draft = Draft(
        Address("Bo Holm", f"bo{number % 3}@contoso.example"),
        (Address("", _ME),),
        subject=f"{'Re: ' if number % 2 else ''}Offer {number // 2}",
        text="Hello.\n" * (number + 1),
        html="<p>Hello <b>you</b> <a href='https://example.com'>there</a></p>" if number % 4 == 0 else None,
    )
    account = Account("work", "imap", _ME, "Anna Berg", {})
    arrival = Arrival(account, Folder("work", "Inbox", "inbox", {}), f"uid {number}", compose(draft), seen=False)
    return lambda tx: mail.receive(tx, arrival)


class _NoBrowser(QObject):
    """Takes the addresses that would be opened outside."""

    @Slot(QUrl)
    def opened(self, address: QUrl) -> None:
        pass


class _Log(logging.Handler):
    """Takes the errors that the program itself did not expect: of its workers, and of the server."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._found = found
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(self.format(record))


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Python and Qt say meanwhile that nobody should hear; nothing is opened outside the window."""
    found: list[str] = []
    nowhere = _NoBrowser()

    def raised(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        found.append("".join(traceback.format_exception(kind, error, where)))

    def raised_aside(told: threading.ExceptHookArgs) -> None:
        found.append("".join(traceback.format_exception(told.exc_type, told.exc_value, told.exc_traceback)))

    def said(kind: QtMsgType, context: QMessageLogContext, words: str | None) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not _HARMLESS.match(str(words)):
            found.append(f"Qt says: {words}")

    before = qInstallMessageHandler(said)
    hook, sys.excepthook = sys.excepthook, raised
    hook_aside, threading.excepthook = threading.excepthook, raised_aside
    log = _Log(found)
    logging.getLogger("crmdesk").addHandler(log)
    for scheme in ("http", "https", "mailto", "file"):
        QDesktopServices.setUrlHandler(scheme, nowhere, "opened")  # type: ignore[arg-type]  # its stub is wrong
    try:
        yield found
    finally:
        for scheme in ("http", "https", "mailto", "file"):
            QDesktopServices.unsetUrlHandler(scheme)
        logging.getLogger("crmdesk").removeHandler(log)
        sys.excepthook, threading.excepthook = hook, hook_aside
        qInstallMessageHandler(before)


def main(arguments: Sequence[str]) -> int:
    """Live many lives, or one again; the exit code says whether a law was broken."""
    parser = argparse.ArgumentParser(prog="dev.py monkey", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, metavar="N")
    parser.add_argument("--first", type=int, metavar="SEED", help="seed of the first (default: a fresh one)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="live this one and show what it does")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
    qt = app.application()
    if asked.replay is not None:
        print("\n".join(live(asked.replay).told))
        return 0
    seed = int.from_bytes(os.urandom(4)) if asked.first is None else asked.first
    end, lives, broken = time.monotonic() + asked.minutes * 60, 0, 0
    longest: list[float] = []
    while time.monotonic() < end:
        try:
            longest += [work for work, _ in live(seed + lives).slow]
        except (Broken, CrmError) as error:
            broken += 1
            print(f"{seed + lives}: {error}", *getattr(error, "__notes__", ()), sep="\n", flush=True)
        lives += 1
    print(f"{lives} lives of {DEEDS} deeds from seed {seed}, {broken} broke a law;", end=" ")
    print(f"{len(longest)} turns of the window over {SLOW:.0f} ms, the longest {max(longest, default=0):.0f} ms")
    qt.processEvents()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
