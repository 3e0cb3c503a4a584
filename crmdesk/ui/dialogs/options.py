"""Personal Options: every choice of settings.OPTIONS on its page, searchable, in force as soon as it is chosen."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from crmdesk.actions import choose
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.session.organization import least
from crmdesk.settings import OPTIONS, Option, Settings, to_text, value_of
from crmdesk.store import options
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog, WheelGuard
from crmdesk.ui.dialogs.kept_here import KeptHere
from crmdesk.ui.dialogs.mail_accounts import MailAccounts
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import button, columns, frame, label, number_field, rows
from crmdesk.ui.side_list import SideItem, SideList
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr

_PAGES = (
    ("General", "sliders-horizontal"),
    ("E-mail", "envelope-simple"),
    ("Tracking", "link"),
    ("Synchronisation", "arrows-clockwise"),
    ("Local data", "hard-drives"),
    ("Address book", "address-book"),
    ("Appearance", "palette"),
    ("Privacy", "shield-check"),
)
_WAIT = 80  # ms after a key


class PersonalOptions(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("What you choose is in force at once, on this computer.")
        super().__init__(desk, tr("Personal options"), words, parent, (940, 640))
        self._guard = WheelGuard(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find an option"))
        self.field.setAccessibleName(tr("Find an option"))
        self.field.addAction(icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.side = SideList(tr("Pages"))
        self.side.show_items(SideItem(tr(name), name, picture) for name, picture in _PAGES)
        self.accounts = MailAccounts(desk, self)
        self.groups = KeptHere(desk)
        self._choices = {option.name: _Choice(option, self._guard, partial(self._set, option)) for option in OPTIONS}
        self._sections = {name: self._section(name) for name, _ in _PAGES}
        self._none = label(tr("No option has these words."), "dim")
        self._cards = Cards(tr("Options"), spacing=SPACE_4)
        self._cards.show_cards([*self._sections.values(), self._none])
        left = rows(self.field, self.side, spacing=SPACE_1)
        self.field.setFixedWidth(200)
        self.side.setFixedWidth(200)
        layout = columns(left, self._cards, spacing=SPACE_4)
        layout.setStretch(1, 1)
        self.body.addLayout(layout, 1)
        self.add_close()
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._show)
        self.field.textChanged.connect(lambda: self._timer.start())
        self.side.chosen.connect(self._page_chosen)
        self.accounts.opened.connect(
            lambda: QTimer.singleShot(0, self, lambda: self._cards.ensureWidgetVisible(self.accounts.form.asked))
        )
        self.show_page("General")
        self.refresh()

    def show_page(self, name: str) -> None:
        """One of the pages by its English name: "Local data", "E-mail"."""
        self.side.choose(name)
        self._show()

    def concerns(self, changes: Changes) -> bool:
        return changes.options or bool(changes.entities)

    def refresh(self) -> None:
        with self.desk.read() as reader:
            settings, allowed = options.load(reader), least(reader)
            self.groups.read(reader)
            self.accounts.read(reader)
        for choice in self._choices.values():
            choice.show_setting(settings)
        self._choices["sync.minutes"].show_least(allowed.update)
        self._choices["addressbook.hours"].show_least(allowed.addresses)

    def _page_chosen(self, key: object) -> None:
        self.field.clear()
        self._timer.stop()
        self._show()

    def _show(self) -> None:
        """The chosen page; or, while something is searched, whatever has its words, from all pages."""
        wanted = self.field.text().casefold().split()
        found_any = False
        for name, section in self._sections.items():
            found = not wanted and name == self.side.key
            for choice in self._choices.values():
                if choice.option.page == name:
                    fits = not wanted or all(word in choice.text for word in wanted)
                    choice.setVisible(fits)
                    found = found or bool(wanted and fits)
            section.setVisible(found)
            found_any = found_any or found
            for more in section.findChildren(QWidget, _MORE):
                more.setVisible(not wanted)
        self._none.setVisible(not found_any)

    def _section(self, name: str) -> QWidget:
        section = QWidget()
        column = rows(label(tr(name), "heading"), spacing=SPACE_2)
        shown = [choice for choice in self._choices.values() if choice.option.page == name]
        if shown:
            column.addWidget(frame(rows(*shown, spacing=0, margins=(SPACE_4, SPACE_1, SPACE_4, SPACE_1))))
        for more in self._more(name):
            more.setObjectName(_MORE)
            column.addWidget(more)
        section.setLayout(column)
        return section

    def _more(self, name: str) -> list[QWidget]:
        """What a page has beside its options."""
        if name == "E-mail":
            return [self.accounts]
        if name == "Local data":
            return [self.groups]
        if name == "Synchronisation":
            return [_row(button(tr("Past synchronisations"), clicked=self._show_runs))]
        if name == "Address book":
            return [_row(button(tr("Update the address book now"), clicked=lambda: self.desk.sync_addresses()))]
        return []

    def _show_runs(self) -> None:
        from crmdesk.ui.dialogs.runs import SynchronisationDialog  # a dialog is imported when it is first asked for

        SynchronisationDialog(self.desk, self).open()

    def _set(self, option: Option, text: str) -> None:
        with self.desk.read() as reader:
            before = to_text(value_of(options.load(reader), option.name))
        if text != before:
            self.act(lambda tx: choose.set_option(tx, option.name, text))


class _Choice(QWidget):
    """One option: its label and sentence, and the control that fits its kind."""

    def __init__(self, option: Option, guard: WheelGuard, chosen: Any) -> None:
        super().__init__()
        self.option = option
        self.text = f"{tr(option.label)} {tr(option.words)} {option.name} {tr(option.page)}".casefold()
        self._control = _control(option, chosen)
        self._control.setAccessibleName(tr(option.label))
        self._control.setAccessibleDescription(tr(option.words))
        self._control.installEventFilter(guard)
        named = label(tr(option.label), "heading")
        named.setBuddy(self._control)
        self._allowed = label("", "dim", wrap=True)
        self._allowed.hide()
        words: QVBoxLayout = rows(named, label(tr(option.words), "dim", wrap=True), self._allowed, spacing=2)
        layout = columns(words, self._control, spacing=SPACE_4, margins=(0, SPACE_3, 0, SPACE_3))
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def show_least(self, minutes: int) -> None:
        """What the administrator allows; where that is less often than the choice, it holds."""
        words = plural(
            minutes,
            "Your administrator allows at least every {n} minute.",
            "Your administrator allows at least every {n} minutes.",
        )
        self._allowed.setText(words)
        self._allowed.setVisible(minutes > 1)

    def show_setting(self, settings: Settings) -> None:
        value, control = value_of(settings, self.option.name), self._control
        control.blockSignals(True)
        if isinstance(control, QComboBox):
            control.setCurrentIndex(control.findData(value))
        elif isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QSpinBox) and not control.hasFocus():
            control.setValue(int(value))
        control.blockSignals(False)


def _control(option: Option, chosen: Any) -> QWidget:
    if option.choices:
        combo = QComboBox()
        for choice in option.choices:
            combo.addItem(_choice_words(option.name, choice), choice)
        combo.setFixedWidth(290)
        combo.activated.connect(lambda index: chosen(str(combo.itemData(index))))
        return combo
    if option.most:
        spin = number_field(option.least, option.most)
        spin.setFixedWidth(90)
        spin.setKeyboardTracking(False)
        spin.valueChanged.connect(lambda number: chosen(str(number)))
        return spin
    box = QCheckBox()
    box.toggled.connect(lambda on: chosen(to_text(on)))
    return box


def _choice_words(option: str, choice: str) -> str:
    track = {
        "all": tr("All mail"),
        "replies": tr("Replies to tracked mail"),
        "known": tr("Mail of accounts, contacts and leads"),
        "none": tr("None"),
    }
    known = {
        "duplicates": {"ask": tr("Ask me"), "create": tr("Create it anyway"), "skip": tr("Do not create it")},
        "conflict": {"mine": tr("Keep mine"), "theirs": tr("Keep theirs"), "ask": tr("Ask me")},
        "track.incoming": track,
        "track.outgoing": {**track, "known": tr("Mail to accounts, contacts and leads")},
        "contacts.copy": {"chosen": tr("Those that I choose"), "all": tr("All contacts")},
        "mail.reading": {"right": tr("Right"), "below": tr("Below"), "off": tr("Off")},
        "mail.html": {"designed": tr("As designed"), "simple": tr("Simply")},
        "appearance.language": {"system": tr("As the system has it"), "en": "English", "de": "Deutsch"},
        "appearance.scheme": {"system": tr("As the system has it"), "light": tr("Light"), "dark": tr("Dark")},
    }
    return known.get(option, {}).get(choice, choice)


def _row(*parts: QLabel | QWidget) -> QWidget:
    holder = QWidget()
    holder.setLayout(columns(*parts, None, spacing=SPACE_2))
    return holder


_MORE = "more"  # the object name of what a page has beside its options
