"""Personal options and connecting, by clicks and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.settings import OPTIONS, Settings
from crmdesk.store import mailbox, options
from crmdesk.store.store import get_meta, set_meta
from crmdesk.ui.dialogs.connect import ConnectDialog
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.dialogs.history import HistoryDialog
from crmdesk.ui.dialogs.local_data_groups import LocalDataGroups
from crmdesk.ui.dialogs.options import PersonalOptions
from crmdesk.ui.dialogs.problems import ProblemsDialog
from crmdesk.ui.dialogs.runs import SynchronisationDialog
from crmdesk.ui.dialogs.waiting import WaitingDialog
from crmdesk.ui.theme import theme


@pytest.fixture
def dialog(opened: App, qtbot: QtBot) -> PersonalOptions:
    made = PersonalOptions(opened.desk, opened.window)
    made.open()
    qtbot.waitExposed(made)
    return made


def control(dialog: QWidget, name: str) -> QWidget:
    (found,) = (
        each
        for kind in (QComboBox, QCheckBox, QLineEdit, QToolButton, QPushButton)
        for each in dialog.findChildren(kind)
        if each.accessibleName() == name
    )
    return found


def settings(opened: App) -> Settings:
    with opened.desk.read() as reader:
        return options.load(reader)


def in_sight(dialog: QWidget) -> set[str]:
    return {each.text() for each in dialog.findChildren(QLabel) if each.isVisible()}


def test_every_option_has_its_control_and_its_page(dialog: PersonalOptions) -> None:
    for option in OPTIONS:
        dialog.show_page(option.page)
        assert {option.label, option.words} <= in_sight(dialog), option.name
        assert any(each.accessibleName() == option.label for each in dialog.findChildren(QWidget)), option.name


def test_an_option_is_in_force_at_once(opened: App, dialog: PersonalOptions, qtbot: QtBot) -> None:
    dialog.show_page("Appearance")
    combo = control(dialog, "Colours")
    qtbot.keyClick(combo, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: settings(opened).appearance_scheme == "dark")
    qtbot.waitUntil(lambda: theme().is_dark)
    dialog.show_page("Privacy")
    qtbot.keyClick(control(dialog, "Show pictures from the web"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: settings(opened).mail_pictures)


def test_what_the_administrator_allows_stands_beside_the_choice(dialog: PersonalOptions, opened: App) -> None:
    """The bundled server's least times: a minute between updates, an hour for the address book."""
    words = "Your administrator allows at least every {} minutes."
    dialog.show_page("Address book")
    assert words.format(60) in in_sight(dialog)
    dialog.show_page("Synchronisation")
    assert not any(each.startswith("Your administrator") for each in in_sight(dialog))
    with opened.desk.store.transaction() as tx:
        set_meta(tx, "least minutes", "30")
    dialog.refresh()
    assert words.format(30) in in_sight(dialog)


def test_search_finds_options_of_all_pages(dialog: PersonalOptions, qtbot: QtBot) -> None:
    qtbot.keyClicks(dialog.field, "pictures")
    qtbot.waitUntil(lambda: "Show pictures from the web" in in_sight(dialog))
    assert "Contacts from the CRM" not in in_sight(dialog)
    qtbot.keyClicks(dialog.field, " xyz")
    qtbot.waitUntil(lambda: "No option has these words." in in_sight(dialog))


def test_a_maildir_is_added(opened: App, dialog: PersonalOptions, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.show_page("E-mail")
    dialog.accounts.begin()
    form = dialog.accounts.form
    qtbot.mouseClick(control(form, "Account of the kind Maildir folder"), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(form.address, "bo@us.example")
    qtbot.keyClicks(form.folder, str(tmp_path / "nowhere"))
    qtbot.mouseClick(form.asked, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any("nowhere" in each for each in in_sight(form)))
    for name in ("cur", "new", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    form.folder.clear()
    qtbot.keyClicks(form.folder, str(tmp_path / "box"))
    qtbot.mouseClick(form.asked, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "bo@us.example" in in_sight(dialog))
    with opened.desk.read() as reader:
        assert [each.address for each in mailbox.accounts(reader)] == ["anna@us.example", "bo@us.example"]


DIALOGS = (
    PersonalOptions,
    ConnectDialog,
    HistoryDialog,
    LocalDataGroups,
    ProblemsDialog,
    WaitingDialog,
    SynchronisationDialog,
)


@pytest.mark.parametrize("kind", DIALOGS, ids=lambda kind: kind.__name__)
def test_every_control_has_a_name_and_escape_closes(opened: App, qtbot: QtBot, kind: type[DeskDialog]) -> None:
    dialog = kind(opened.desk, opened.window)  # type: ignore[call-arg,arg-type]
    dialog.open()
    qtbot.waitExposed(dialog)
    shown = [each for each in dialog.findChildren(QWidget) if not each.isHidden() and each.window() is dialog]
    for control in shown:
        if control.focusPolicy() & Qt.FocusPolicy.TabFocus and not control.objectName().startswith("qt_"):
            text = control.text() if isinstance(control, QAbstractButton) else ""
            assert control.accessibleName() or text, f"{type(control).__name__} in {kind.__name__}"
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("server", "password", "said"),
    [
        ("not an address", "secret", "no address of a server"),
        ("http://localhost", "", "write your password"),
        ("http://localhost", "wrong", "user name and password"),
    ],
)
def test_connecting_says_what_is_wrong(opened: App, qtbot: QtBot, server: str, password: str, said: str) -> None:
    dialog = ConnectDialog(opened.desk, opened.window)
    dialog.open()
    dialog.token.setChecked(False)
    for field, text in ((dialog.server, server), (dialog.user, "anna"), (dialog.password, password)):
        field.clear()
        qtbot.keyClicks(field, text)
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(said in each for each in in_sight(dialog)))
    assert dialog.isVisible()


def test_signing_in_by_a_token_needs_no_name(opened: App, qtbot: QtBot) -> None:
    with opened.desk.store.read() as reader:
        token = opened.desk.session.secrets.get("http://localhost", get_meta(reader.connection, "user") or "")
    dialog = ConnectDialog(opened.desk, opened.window)
    dialog.open()
    assert dialog.token.isChecked(), "as it was the last time"
    assert (dialog.user.isVisible(), dialog.password.accessibleName()) == (False, "Token")
    qtbot.keyClicks(dialog.password, token or "")
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "You are connected" in in_sight(dialog))
