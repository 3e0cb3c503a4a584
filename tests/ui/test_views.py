"""Views of one's own in the grid: made from what is seen, changed, renamed, duplicated, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListWidget, QMenu, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.model.changes import Changes
from crmdesk.model.list_view import ALL, ListView, ViewColumn, Views
from crmdesk.model.record import Reference
from crmdesk.store import list_views, options
from crmdesk.store.store import Transaction
from crmdesk.ui.dialogs.conditions import ConditionRow
from crmdesk.ui.dialogs.view_editor import ViewEditor
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.records.pane import RecordsPane

LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
Kind = TypeVar("Kind", bound=QWidget)


@pytest.fixture
def pane(opened: App, make: Callable[..., Reference]) -> RecordsPane:
    for name, city, revenue in (("Adatum", "Ulm", 10), ("Contoso", "Bonn", 30), ("Fabrikam", "Ulm", 20)):
        make("account", name=name, address1_city=city, revenue=revenue)
    opened.desk.session.sync()
    found = opened.window.show_pane("records")
    assert isinstance(found, RecordsPane)
    return found


def control(inside: QWidget, kind: type[Kind], name: str) -> Kind:
    found = [
        each for each in inside.findChildren(kind) if each.isVisible() and name in (each.accessibleName(), _text(each))
    ]
    assert len(found) == 1, (name, [each.accessibleName() or _text(each) for each in inside.findChildren(kind)])
    return found[0]


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def from_menu(qtbot: QtBot, inside: QWidget, name: str, words: str, by_key: bool = False) -> None:
    """Open the menu of the button of that name and choose by the arrow keys."""
    button = control(inside, QAbstractButton, name)

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        for _ in menu.actions():
            qtbot.keyClick(menu, Qt.Key.Key_Down)
            current = menu.activeAction()
            if current is not None and current.text() == words:
                qtbot.keyClick(menu, Qt.Key.Key_Return)
                return
        menu.close()
        pytest.fail(f"'{words}' is not in {[each.text() for each in menu.actions()]}")

    QTimer.singleShot(0, choose)  # a menu of a button waits for an answer before it gives the keyboard back
    if by_key:
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    else:
        qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def of_views(qtbot: QtBot, pane: RecordsPane, words: str, by_key: bool = False) -> None:
    from_menu(qtbot, pane, "Views of your own", words, by_key)


def editor(opened: App, qtbot: QtBot) -> ViewEditor:
    found = [each for each in opened.window.findChildren(ViewEditor) if each.isVisible()]
    assert len(found) == 1
    qtbot.waitExposed(found[0])
    return found[0]


def save(qtbot: QtBot, dialog: ViewEditor) -> None:
    with qtbot.waitSignal(dialog.kept):
        qtbot.mouseClick(dialog.save, LEFT)


def called(qtbot: QtBot, dialog: ViewEditor, name: str) -> None:
    qtbot.waitUntil(dialog.name.hasFocus)
    dialog.name.selectAll()
    qtbot.keyClicks(dialog.name, name)


def new_view(opened: App, qtbot: QtBot, pane: RecordsPane, name: str, text: str = "") -> None:
    of_views(qtbot, pane, "New view …")
    dialog = editor(opened, qtbot)
    called(qtbot, dialog, name)
    if text:
        qtbot.mouseClick(dialog.conditions.as_text, LEFT)
        dialog.conditions.text.setPlainText(text)
    save(qtbot, dialog)


def combo(pane: RecordsPane) -> QComboBox:
    return control(pane, QComboBox, "View")


def table(pane: RecordsPane) -> RecordTable:
    return next(each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Records")


def titles(pane: RecordsPane) -> list[str]:
    lines = (table(pane).rows.line(row) for row in range(table(pane).rows.rowCount()))
    return [line.title for line in lines if line is not None]


def shown(pane: RecordsPane) -> list[str]:
    header, headings = table(pane).horizontalHeader(), table(pane).rows.headings
    sections = (header.logicalIndex(place) for place in range(header.count()))
    return [headings[each].name for each in sections if not header.isSectionHidden(each)]


def kept(opened: App, entity: str = "account") -> Views:
    with opened.desk.read() as reader:
        return list_views.load(reader, entity)


def names(opened: App) -> list[str]:
    return [each.name for each in kept(opened).own]


def offered(pane: RecordsPane) -> list[str]:
    return [combo(pane).itemText(n) for n in range(combo(pane).count()) if combo(pane).itemText(n)]


def told(opened: App) -> str:
    return opened.window.undo.accessibleName()


def click_heading(qtbot: QtBot, pane: RecordsPane, name: str, modifier: Qt.KeyboardModifier) -> None:
    header = table(pane).horizontalHeader()
    section = [each.name for each in table(pane).rows.headings].index(name)
    at = header.viewport().rect().center()
    at.setX(header.sectionViewportPosition(section) + 20)
    qtbot.mouseClick(header.viewport(), LEFT, modifier, at)


PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def test_made_from_what_is_seen(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    from_menu(qtbot, pane, "Columns", "E-mail")
    table(pane).horizontalHeader().resizeSection(0, 333)
    click_heading(qtbot, pane, "address1_city", PLAIN)
    click_heading(qtbot, pane, "name", SHIFT)
    seen = shown(pane)
    assert "emailaddress1" not in seen
    assert titles(pane) == ["Contoso", "Adatum", "Fabrikam"]
    of_views(qtbot, pane, "New view …", by_key=True)
    dialog = editor(opened, qtbot)
    assert dialog.heading.text() == "New view of accounts"
    called(qtbot, dialog, "By city")
    qtbot.waitUntil(lambda: dialog.count.words.text() == "3 records on this computer fit")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(opened) == ["By city"])
    qtbot.waitUntil(lambda: combo(pane).currentText() == "By city")
    assert told(opened) == "View “By city” saved"
    (view,) = kept(opened).own
    assert view.columns[0] == ViewColumn("name", 333)
    assert view.order == (("address1_city", False), ("name", False))
    assert (shown(pane), titles(pane)) == (seen, ["Contoso", "Adatum", "Fabrikam"])
    assert table(pane).columnWidth(0) == 333
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: names(opened) == [])
    qtbot.waitUntil(lambda: combo(pane).currentText() == "All")


def test_columns_by_keyboard_and_by_mouse(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Cities")
    of_views(qtbot, pane, "Change this view …")
    dialog = editor(opened, qtbot)
    columns = dialog.columns
    columns.list.setFocus()
    qtbot.keyClick(columns.list, Qt.Key.Key_Down)
    qtbot.keyClick(columns.list, Qt.Key.Key_Delete)
    assert [each.field for each in columns.columns][:3] == ["name", "telephone1", "address1_city"]
    qtbot.keyClick(columns.list, Qt.Key.Key_Down)
    qtbot.keyClick(columns.list, Qt.Key.Key_Up, ALT)
    qtbot.keyClick(columns.list, Qt.Key.Key_Up, ALT)
    qtbot.keyClick(columns.list, Qt.Key.Key_Up, ALT)
    assert [each.field for each in columns.columns][:3] == ["address1_city", "name", "telephone1"]
    assert not columns.up.isEnabled()
    qtbot.mouseClick(columns.down, LEFT)
    qtbot.mouseClick(columns.up, LEFT)
    from_menu(qtbot, dialog, "Add a column", "Annual revenue")
    assert [each.field for each in columns.columns][:3] == ["address1_city", "revenue", "name"]
    columns.width_box.setFocus()
    columns.width_box.selectAll()
    qtbot.keyClicks(columns.width_box, "170")
    for _ in range(len(columns.columns) - 3):
        columns.list.setCurrentRow(3)
        qtbot.mouseClick(columns.leave_out, LEFT)
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: shown(pane) == ["address1_city", "revenue", "name"])
    assert table(pane).columnWidth(1) == 170
    line = table(pane).rows.line(0)
    assert line is not None
    assert line.sentence.startswith("Ulm, 10"), "a row is heard as its cells stand"
    assert "Adatum" in line.sentence


def test_one_column_stays_at_least(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    of_views(qtbot, pane, "New view …")
    columns = editor(opened, qtbot).columns
    for _ in range(20):
        qtbot.keyClick(columns.list, Qt.Key.Key_Delete)
    assert len(columns.columns) == 1
    assert not columns.leave_out.isEnabled()


def test_a_column_is_dragged_to_its_place(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    if QApplication.platformName() == "offscreen":
        pytest.skip("nothing can be dragged without a screen")
    of_views(qtbot, pane, "New view …")
    columns = editor(opened, qtbot).columns
    before = [each.field for each in columns.columns]
    columns.list.setCurrentRow(3)
    columns.width_box.setValue(120)
    drag(columns.list, 3, 0)
    assert [each.field for each in columns.columns] == [before[3], *before[:3], *before[4:]]
    assert columns.columns[0] == ViewColumn(before[3], 120)


def drag(view: QListWidget, row: int, above: int) -> None:
    """Press on a row, move, let go over another: as the window hears it, for a drag has an event loop of its own."""
    window = view.window().windowHandle()

    def place(row: int, down: int) -> QPoint:
        area = view.visualItemRect(view.item(row))
        return view.viewport().mapTo(view.window(), QPoint(area.left() + 60, area.top() + down))

    def let_go() -> None:
        QTest.mouseMove(window, place(above, 8))
        QTest.mouseMove(window, place(above, 1))
        QTest.mouseRelease(window, LEFT, PLAIN, place(above, 1))

    QTimer.singleShot(50, let_go)
    QTest.mousePress(window, LEFT, PLAIN, place(row, 15))
    QTest.mouseMove(window, place(row - 1, 15))
    QTest.mouseMove(window, place(row - 1, 5))
    QApplication.processEvents()


def test_order_and_conditions_with_a_live_count(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    of_views(qtbot, pane, "New view …")
    dialog = editor(opened, qtbot)
    called(qtbot, dialog, "Large")
    pick(qtbot, control(dialog, QComboBox, "Sort by"), "Annual revenue")
    pick(qtbot, control(dialog, QComboBox, "Direction"), "descending (Z to A)")
    qtbot.mouseClick(control(dialog, QAbstractButton, "Then by one more column"), LEFT)
    pick(qtbot, control(dialog, QComboBox, "Then by"), "City")
    assert dialog.view.order == (("revenue", True), ("address1_city", False))
    qtbot.mouseClick(control(dialog, QAbstractButton, "Add a condition"), LEFT)
    assert "Say what Account name is compared with." in dialog.count.words.text()
    qtbot.mouseClick(dialog.save, LEFT)
    assert "Say what Account name is compared with." in dialog._failure.text(), "Save says what is missing"
    row = dialog.findChildren(ConditionRow)[-1]
    pick(qtbot, row.field, "Annual revenue")
    pick(qtbot, row.operator, "is at least")
    qtbot.keyClicks(control(row, QLineEdit, "Value of Annual revenue"), "20")
    assert not dialog._failure.isVisible()
    qtbot.waitUntil(lambda: dialog.count.words.text() == "2 records on this computer fit")
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: titles(pane) == ["Contoso", "Fabrikam"])
    assert kept(opened).own[0].filter == "revenue ge 20.0"


def pick(qtbot: QtBot, box: QComboBox, words: str) -> None:
    """Choose by keyboard, as it stands in the list."""
    box.setFocus()
    place = box.findText(words)
    assert place >= 0, [box.itemText(n) for n in range(box.count())]
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(place):  # less where a line stands between the usual ones and one's own
        if box.currentText() != words:
            qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == words


def test_the_count_follows_what_comes_in(
    opened: App, pane: RecordsPane, make: Callable[..., Reference], qtbot: QtBot
) -> None:
    of_views(qtbot, pane, "New view …")
    dialog = editor(opened, qtbot)
    qtbot.waitUntil(lambda: dialog.count.words.text() == "3 records on this computer fit")
    called(qtbot, dialog, "Half wri")
    reference = make("account", name="Northwind")
    opened.desk.changed.emit(opened.desk.session.do(lambda tx: _touched(reference)))
    qtbot.waitUntil(lambda: dialog.count.words.text() == "4 records on this computer fit")
    assert dialog.name.text() == "Half wri"


def _touched(reference: Reference) -> Changes:
    return Changes(entities=frozenset({reference.entity}))


def test_a_name_is_asked_for_inside_the_dialog(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    of_views(qtbot, pane, "New view …")
    dialog = editor(opened, qtbot)
    qtbot.mouseClick(dialog.save, LEFT)
    assert "Give the view a name." in dialog._failure.text()
    assert dialog.name.hasFocus()
    qtbot.keyClicks(dialog.name, "open ones")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is called 'open ones' already" in dialog._failure.text())
    assert dialog.isVisible()
    qtbot.keyClick(dialog.name, Qt.Key.Key_Escape)
    assert (names(opened), combo(pane).currentText()) == ([], "All")


def test_renamed_and_back(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Lagre", "revenue ge 20")
    of_views(qtbot, pane, "Rename this view …")
    dialog = editor(opened, qtbot)
    assert dialog.heading.text() == "Change a view of accounts"
    assert dialog.name.selectedText() == "Lagre"
    qtbot.keyClicks(dialog.name, "Large")
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: combo(pane).currentText() == "Large")
    assert titles(pane) == ["Contoso", "Fabrikam"]
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: combo(pane).currentText() == "Lagre")


def test_duplicated(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    of_views(qtbot, pane, "Duplicate this view")
    qtbot.waitUntil(lambda: combo(pane).currentText() == "Large (2)")
    of_views(qtbot, pane, "Duplicate this view")
    qtbot.waitUntil(lambda: combo(pane).currentText() == "Large (2) (2)")
    assert offered(pane)[-3:] == ["Large", "Large (2)", "Large (2) (2)"]
    assert titles(pane) == ["Contoso", "Fabrikam"]
    assert len({each.key for each in kept(opened).own}) == 3


def test_deleted_and_brought_back(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    new_view(opened, qtbot, pane, "Small", "revenue lt 20")
    pick(qtbot, combo(pane), "Large")
    qtbot.waitUntil(lambda: titles(pane) == ["Contoso", "Fabrikam"])
    of_views(qtbot, pane, "Begin Accounts with this view")
    qtbot.waitUntil(lambda: kept(opened).default == kept(opened).own[0].key)
    of_views(qtbot, pane, "Delete this view", by_key=True)
    qtbot.waitUntil(lambda: told(opened) == "View “Large” deleted. No record was.")
    assert names(opened) == ["Small"]
    assert combo(pane).currentText() == "All"
    assert titles(pane) == ["Adatum", "Contoso", "Fabrikam"]
    assert kept(opened).default == ALL
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: names(opened) == ["Large", "Small"])
    qtbot.waitUntil(lambda: combo(pane).currentText() == "Large")
    assert kept(opened).default == kept(opened).own[0].key
    assert titles(pane) == ["Contoso", "Fabrikam"]


def test_nothing_of_it_waits_to_be_sent(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    of_views(qtbot, pane, "Begin Accounts with this view")
    of_views(qtbot, pane, "Delete this view")
    qtbot.waitUntil(lambda: names(opened) == [])
    assert opened.desk.session.status().waiting == 0


def test_the_usual_views_are_no_ones_to_change(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    menu = control(pane, QAbstractButton, "Views of your own").menu()  # type: ignore[attr-defined]
    menu.aboutToShow.emit()
    assert {each.text(): each.isEnabled() for each in menu.actions() if each.text()} == {
        "New view …": True,
        "Change this view …": False,
        "Rename this view …": False,
        "Duplicate this view": False,
        "Delete this view": False,
        "Begin Accounts with this view": True,
    }


def test_the_next_window_begins_with_it(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    of_views(qtbot, pane, "Begin Accounts with this view")
    qtbot.waitUntil(lambda: told(opened) == "Accounts begin with the view “Large”")
    following = RecordsPane(opened.desk)
    qtbot.addWidget(following)
    following.show()
    following.shown()
    assert combo(following).currentText() == "Large"
    assert titles(following) == ["Contoso", "Fabrikam"]
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: kept(opened).default == ALL)


def test_each_kind_stays_at_the_view_that_was_chosen(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    kinds = pane._kinds
    kinds.choose("contact")
    assert offered(pane) == ["All", "Open ones", "Closed or inactive", "Mine"]
    kinds.choose("account")
    assert combo(pane).currentText() == "Large"
    assert titles(pane) == ["Contoso", "Fabrikam"]


def write_view(opened: App, view: ListView) -> None:
    def written(tx: Transaction) -> Changes:
        list_views.save(tx, view.entity, Views((view,), view.key))
        return Changes(options=True)

    opened.desk.changed.emit(opened.desk.session.do(written))


def test_a_view_whose_field_is_gone_says_why_and_is_changed(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    columns = (ViewColumn("name"), ViewColumn("shoesize"))
    write_view(opened, ListView("old", "account", "Big feet", columns, "shoesize gt 40", (("shoesize", True),)))
    pick(qtbot, combo(pane), "Big feet")
    assert "This view cannot be shown any more" in pane._empty.accessibleName()
    assert "shoesize" in pane._empty.accessibleName()
    assert not table(pane).isVisible()
    qtbot.mouseClick(control(pane, QAbstractButton, "Change this view …"), LEFT)
    dialog = editor(opened, qtbot)
    assert dialog.conditions.text.toPlainText() == "shoesize gt 40"
    assert "shoesize" in dialog.conditions._wrong.text()
    qtbot.mouseClick(dialog.save, LEFT)
    assert "cannot be understood" in dialog._failure.text()
    qtbot.mouseClick(control(dialog, QAbstractButton, "Remove all conditions"), LEFT)
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: titles(pane) == ["Adatum", "Contoso", "Fabrikam"])
    assert table(pane).isVisible()
    assert shown(pane) == ["name"]
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: "shoesize" in pane._empty.accessibleName() and pane._empty.isVisible())
    pick(qtbot, combo(pane), "All")
    assert titles(pane) == ["Adatum", "Contoso", "Fabrikam"]


def test_what_a_hand_arranges_holds_until_the_view_is_changed(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Cities")
    from_menu(qtbot, pane, "Columns", "E-mail")
    click_heading(qtbot, pane, "address1_city", PLAIN)
    arranged = shown(pane)
    pick(qtbot, combo(pane), "All")
    assert "emailaddress1" in shown(pane)
    pick(qtbot, combo(pane), "Cities")
    assert shown(pane) == arranged
    assert titles(pane) == ["Contoso", "Adatum", "Fabrikam"]
    following = RecordsPane(opened.desk)
    qtbot.addWidget(following)
    following.take_layout(pane.layout_kept())
    following.show()
    following.shown()
    pick(qtbot, combo(following), "Cities")
    assert shown(following) == arranged
    (view,) = kept(opened).own
    write_view(opened, ListView(view.key, "account", view.name, (ViewColumn("revenue"),)))
    qtbot.waitUntil(lambda: shown(pane) == ["revenue"])


def test_more_columns_are_reached_from_the_columns_menu(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    from_menu(qtbot, pane, "Columns", "More columns …")
    dialog = editor(opened, qtbot)
    called(qtbot, dialog, "With money")
    from_menu(qtbot, dialog, "Add a column", "Annual revenue")
    save(qtbot, dialog)
    qtbot.waitUntil(lambda: "revenue" in shown(pane))
    from_menu(qtbot, pane, "Columns", "More columns …")
    assert editor(opened, qtbot).name.text() == "With money", "a view of one's own is changed"


def test_another_view_waits_for_a_value_that_cannot_be_kept(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    grid = table(pane)
    with qtbot.waitActive(opened.window):  # nobody does it without a window manager when a dialog closes
        opened.window.activateWindow()
    grid.setFocus()
    grid.choose_row(0)
    qtbot.keyClick(grid, Qt.Key.Key_F2)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    field.clear()
    before = titles(pane)
    pick_anyway(qtbot, combo(pane), "All")
    assert combo(pane).currentText() == "Large"
    assert titles(pane) == before


def pick_anyway(qtbot: QtBot, box: QComboBox, words: str) -> None:
    box.setFocus()
    qtbot.keyClicks(box, words)


def test_the_options_are_read_as_before(opened: App, pane: RecordsPane, qtbot: QtBot) -> None:
    new_view(opened, qtbot, pane, "Large", "revenue ge 20")
    with opened.desk.read() as reader:
        assert options.load(reader) == opened.desk.session.settings
