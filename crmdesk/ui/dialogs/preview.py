"""What will happen if I go online now: what goes, what clashes, what comes and what leaves, before anything does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QProgressBar, QPushButton, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.words import ENTITIES
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.store.store import Reader
from crmdesk.sync.preview import Clash, Contradiction, Erasing, Incoming, LooksLike, Outgoing, Preview
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.dialogs.waiting import WaitingDialog
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import Avatar, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import long_time, plural, tr

_PAGE = 40  # cards of a section, until more are asked for


class PreviewDialog(DeskDialog):
    """Asks once when it opens, and again when it is told to; what is shown is as true as the moment it was asked."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__(
            desk, tr("What will happen if I go online now"), tr("Nothing is done yet."), parent, (780, 640)
        )
        self.preview: Preview | None = None
        self._shown: dict[str, int] = {}
        self._waiting = QProgressBar()
        self._waiting.setRange(0, 0)
        self._waiting.setTextVisible(False)
        self._waiting.setAccessibleName(tr("Asking the server"))
        self._cards = Cards(tr("What will happen"))
        self._unheard = label("", wrap=True)
        margins = (SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        self._bar_unheard = frame(columns(self._unheard, margins=margins), "bar-waiting")
        self._bar_unheard.hide()
        self.body.addWidget(self._bar_unheard)
        self.body.addWidget(self._waiting)
        self.body.addWidget(self._cards, 1)
        self._again = self.add_button(tr("Look again"), "link", self.look, left=True)
        self.add_button(tr("Waiting changes"), clicked=self._show_waiting)
        self.add_close()
        self._go: QPushButton = self.add_button(tr("Synchronise now"), "primary", self._do_it)
        self._offline = False
        desk.status_changed.connect(self._status_came)
        desk.ask_for_status()
        self.look()

    def concerns(self, changes: Changes) -> bool:
        return False  # it asks the server: only when it is told to

    def look(self) -> None:
        """Ask what would happen now; the window goes on meanwhile."""
        self.say("")
        self._waiting.show()
        self._again.setEnabled(False)
        self.words.setText(tr("Asking the server what is new. Nothing is sent."))
        self.desk.look_ahead(self.while_open(self._came), self.while_open(self._failed))

    def _failed(self, words: str) -> None:
        self._waiting.hide()
        self._again.setEnabled(True)
        self.say(words)

    def _came(self, preview: Preview) -> None:
        self.preview = preview
        self._waiting.hide()
        self._again.setEnabled(True)
        self._fill()

    def _fill(self) -> None:
        preview = self.preview
        if preview is None:
            return
        self.words.setText(summary(preview))
        self._unheard.setText(preview.words)
        self._bar_unheard.setAccessibleName(preview.words)
        self._bar_unheard.setVisible(not preview.heard)
        with self.desk.read() as reader:
            cards = list(self._sections(preview, reader))
        if not cards:
            if preview.heard:
                more = tr("This computer and the CRM are equal.")
                cards = [EmptyState("check-circle", tr("Nothing would change"), more)]
            else:
                more = tr("What others changed is told when the server can be reached.")
                cards = [EmptyState("wifi-slash", tr("Nothing of yours waits"), more)]
        self._cards.show_cards(cards, stretch=not isinstance(cards[0], EmptyState))

    def _sections(self, preview: Preview, reader: Reader) -> Iterator[QWidget]:
        saying = Saying(reader, self.desk.now)
        going = [each for each in preview.outgoing if not each.held]
        held = [each for each in preview.outgoing if each.held]
        yield from self._section("clash", tr("Changed on both sides"), [_clash(e, saying) for e in preview.clashes])
        asked = [
            *(_contradiction(each) for each in preview.contradictions),
            *(_looks_like(each) for each in preview.duplicates),
            *(_held(each) for each in held if not _is_told(each, preview)),
        ]
        yield from self._section("asked", tr("Waits for your answer"), asked)
        mails = [_message(subject) for subject in preview.messages]
        sent = [*(_outgoing(each, saying) for each in going), *mails]
        yield from self._section("sent", tr("Goes out"), sent)
        yield from self._section("received", tr("Comes from the CRM"), [_incoming(each) for each in preview.incoming])
        yield from self._section("erased", tr("Leaves this computer"), [_erasing(each) for each in preview.erasing])

    def _section(self, name: str, title: str, cards: Sequence[QWidget]) -> Iterator[QWidget]:
        if not cards:
            return
        yield label(f"{title} · {len(cards)}" if len(cards) > 1 else title, "section")
        most = self._shown.get(name, _PAGE)
        yield from cards[:most]
        if len(cards) > most:
            words = plural(len(cards) - most, "Show {n} more", "Show {n} more")
            yield button(words, "link", clicked=lambda: self._show_more(name, most + 5 * _PAGE))

    def _show_more(self, name: str, most: int) -> None:
        self._shown[name] = most
        self._fill()

    def _status_came(self, status: Status) -> None:
        self._offline = status.state is ConnectionState.OFFLINE
        self._go.setVisible(status.state is not ConnectionState.NOT_SET_UP)
        self._go.setText(tr("Go online") if self._offline else tr("Synchronise now"))

    def _show_waiting(self) -> None:
        WaitingDialog(self.desk, self).open()

    def _do_it(self) -> None:
        if self._offline:
            self.desk.go_online()
        else:
            self.desk.sync_now()
        self.accept()


def summary(preview: Preview) -> str:
    """The whole in one sentence."""
    parts = []
    if sent := preview.sent + len(preview.messages):
        parts.append(plural(sent, "{n} change of yours goes out", "{n} changes of yours go out"))
    if coming := sum(each.changed or 0 for each in preview.incoming):
        if any(each.more for each in preview.incoming):
            parts.append(plural(coming, "at least {n} record comes", "at least {n} records come"))
        else:
            parts.append(plural(coming, "{n} record comes", "{n} records come"))
    if preview.clashes:
        parts.append(plural(len(preview.clashes), "{n} field was changed twice", "{n} fields were changed twice"))
    if asked := len(preview.contradictions) + len(preview.duplicates):
        parts.append(plural(asked, "{n} will need your answer", "{n} will need your answer"))
    said = ", ".join(parts)
    if not said:
        return tr("Nothing is done yet.")
    return tr("{what}. Nothing is done yet.", what=said[0].upper() + said[1:])


def _card(icon: str, kind: str, name: str, *more: QWidget | QGridLayout, chip: tuple[str, str] = ("", "")) -> QFrame:
    picture = Avatar(34)
    picture.show_icon(icon)
    head = columns(label(name, "heading", wrap=True), spacing=SPACE_2)
    head.setStretch(0, 1)
    if chip[0]:
        head.addWidget(label(*chip), 0, Qt.AlignmentFlag.AlignTop)
    words = rows(label(kind, "small"), head, spacing=0)
    for each in more:
        words.addSpacing(SPACE_1)
        if isinstance(each, QWidget):
            words.addWidget(each)
        else:
            words.addLayout(each)
    whole = columns(rows(picture, None), words, spacing=SPACE_3, margins=(SPACE_3,) * 4)
    whole.setStretch(1, 1)
    card = frame(whole)
    said = [each.text() for each in more if hasattr(each, "text")]
    card.setAccessibleName(", ".join(part for part in (kind, name, chip[0], *said) if part))
    return card


def _clash(each: Clash, saying: Saying) -> QFrame:
    entity, field = each.record.entity, each.field
    chip = {
        "mine": (tr("yours is kept"), "chip-done"),
        "theirs": (tr("theirs is kept"), "chip-waiting"),
        "ask": (tr("you are asked"), "chip-failed"),
    }[each.wins]
    who = saying.person(each.who)
    by = tr("{who}, {when}", who=who, when=long_time(each.when, saying.now)) if each.when else who
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_4)
    grid.setVerticalSpacing(2)
    sides = ((tr("Before"), each.agreed), (tr("Yours"), each.mine), (tr("In the CRM, {by}", by=by), each.theirs))
    for place, (title, value) in enumerate(sides):
        grid.addWidget(label(title, "small"), 0, place)
        kind = "dim" if place == 0 else ""
        grid.addWidget(label(saying.value(entity, field, value), kind, wrap=True), 1, place, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(place, 1)
    kind_ = ENTITIES[entity]
    title = tr("{field} of {name}", field=saying.field(entity, field), name=each.name)
    return _card(kind_.icon, tr("Changed by you and in the CRM · {kind}", kind=tr(kind_.label)), title, grid, chip=chip)


def _outgoing(each: Outgoing, saying: Saying) -> QFrame:
    kind = ENTITIES[each.record.entity]
    verb = {"create": tr("Create · {kind}"), "update": tr("Change · {kind}"), "delete": tr("Delete · {kind}")}[
        each.verb
    ]
    fields = ", ".join(saying.field(each.record.entity, name) for name in each.fields)
    more = (label(fields, "dim", wrap=True),) if fields else ()
    return _card(kind.icon, verb.format(kind=tr(kind.label)), each.name, *more)


def _message(subject: str) -> QFrame:
    return _card("ph.envelope", tr("Send a message"), subject or tr("(no subject)"))


def _held(each: Outgoing) -> QFrame:
    kind, words = ENTITIES[each.record.entity], label(each.held, "dim", wrap=True)
    return _card(kind.icon, tr(kind.label), each.name, words, chip=("", "") if each.behind else _needs_you())


def _contradiction(each: Contradiction) -> QFrame:
    kind = ENTITIES[each.record.entity]
    words = {
        "deleted there": tr("It was deleted in the CRM while you changed it. Your changes are kept until you choose."),
        "changed there": tr("You deleted it while somebody changed it in the CRM. It comes back with their values."),
    }[each.kind]
    return _card(kind.icon, tr(kind.label), each.name, label(words, "dim", wrap=True), chip=_needs_you())


def _looks_like(each: LooksLike) -> QFrame:
    kind = ENTITIES[each.record.entity]
    named = ", ".join(name for _, name in each.candidates)
    words = tr("It looks like {names} in the CRM.", names=named)
    if each.wins == "skip":
        more = tr("{words} It will not be created; yours goes to history.", words=words)
        return _card(kind.icon, tr("Possible duplicate"), each.name, label(more, "dim", wrap=True))
    more = tr("{words} It waits until you choose.", words=words)
    return _card(kind.icon, tr("Possible duplicate"), each.name, label(more, "dim", wrap=True), chip=_needs_you())


def _incoming(each: Incoming) -> QFrame:
    kind = ENTITIES[each.entity]
    if each.changed is None:
        words = tr("How many is known when they are read")
    elif each.more:
        words = plural(each.changed, "At least {n} is new or changed", "At least {n} are new or changed")
    elif each.changed:
        words = plural(each.changed, "{n} is new or changed", "{n} are new or changed")
    else:
        words = tr("None is new")
    if each.gone:
        words = f"{words} · {plural(each.gone, '{n} leaves', '{n} leave')}"
    return _card(kind.icon, tr(kind.plural), words)


def _erasing(each: Erasing) -> QFrame:
    kind = ENTITIES[each.entity]
    count = plural(each.count, "{n} is removed here", "{n} are removed here")
    names = ", ".join(each.names) + ("…" if each.count > len(each.names) else "")
    why = tr("Deleted in the CRM; what they held goes to history.") if each.deleted else tr("They stay in the CRM.")
    return _card(kind.icon, tr(kind.plural), count, label(names, "dim", wrap=True), label(why, "small"))


def _is_told(each: Outgoing, preview: Preview) -> bool:
    """Whether another card speaks of it already."""
    told = {one.record for one in preview.contradictions} | {one.record for one in preview.duplicates}
    return each.record in told or each.record in {one.record for one in preview.clashes}


def _needs_you() -> tuple[str, str]:
    return tr("needs you"), "chip-failed"
