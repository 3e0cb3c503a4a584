"""What can be found out about a window without knowing it: names, roles, where Tab goes, what rows say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_MOST_STOPS = 200
# Plain areas on purpose: what scrolls, and ways to what the list beside them has too. Their names say what they are.
_AREAS = ("QScrollArea", "Letters", "MiniMonth")
_PLAIN_ROLES = (QAccessible.Role.Client, QAccessible.Role.NoRole, QAccessible.Role.Window)


@dataclass
class Seen:
    """A window's stops by Tab, in order, and what is wrong with it."""

    kind: str
    stops: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    without_role: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    focus_unseen: list[str] = field(default_factory=list)
    speechless_rows: list[str] = field(default_factory=list)


def inspect(window: QWidget) -> Seen:
    """Look at everything in the window, then go through it by Tab. The window must be active."""
    seen = Seen(type(window).__name__)
    controls = [each for each in window.findChildren(QWidget) if _is_control(each, window)]
    for each in controls:
        if not _name(each):
            seen.unnamed.append(_described(each))
        interface = QAccessible.queryAccessibleInterface(each)
        if type(each).__name__ not in _AREAS and (interface is None or interface.role() in _PLAIN_ROLES):
            seen.without_role.append(_described(each))
    for view in window.findChildren(QAbstractItemView):
        if view.isVisible():
            seen.speechless_rows += [f"{_described(view)}: {row}" for row in _speechless(view)]
    stops = _walk(window, seen)
    seen.stops = [_name(each) or _described(each) for each in stops]
    by_tab = [each for each in controls if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isEnabled()]
    seen.unreachable += [_described(each) for each in by_tab if each not in stops and each.focusProxy() is None]
    return seen


def _is_control(widget: QWidget, window: QWidget) -> bool:
    inside = widget.window() is window and widget.isVisible() and not widget.objectName().startswith("qt_")
    return (
        inside
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.focusProxy() is None
        and not _is_page(widget)
    )


def _walk(window: QWidget, seen: Seen) -> list[QWidget]:
    """Press Tab until it comes round; what has the keyboard looks different from what has not."""
    stops: list[QWidget] = []
    for _ in range(_MOST_STOPS):
        focused = _tab(QApplication.focusWidget() or window)
        if focused is None or focused in stops:
            break
        stops.append(focused)
        if not _is_page(focused):
            with_focus = _picture(focused)
            focused.clearFocus()
            if _picture(focused) == with_focus:
                seen.focus_unseen.append(_described(focused))
            focused.setFocus(Qt.FocusReason.TabFocusReason)
    return stops


def _tab(here: QWidget) -> QWidget | None:
    """Press Tab; what has the keyboard then."""
    if _is_page(here):
        here.window().focusNextPrevChild(True)  # what the engine does when the last link of the page is left
    else:
        QTest.keyClick(here, Qt.Key.Key_Tab)
    return QApplication.focusWidget()


def _is_page(widget: QWidget) -> bool:
    """Whether it is the inside of the engine that shows HTML, which tells readers of its pages itself."""
    return any(base.__name__ == "QWebEngineView" for base in type(widget.parentWidget()).__mro__)


def _picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def _speechless(view: QAbstractItemView) -> Iterator[str]:
    """The rows that say nothing, or less than what stands in them."""
    model = view.model()
    for row in range(min(model.rowCount(), 200) if model is not None else 0):
        index = model.index(row, 0, QModelIndex())
        said = str(index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole) or "")
        if not said.strip():
            yield f"row {row}"


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name)


def _described(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    words = text() if callable(text) and not isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit) else ""
    parent = widget.parentWidget()
    return f"{type(widget).__name__} '{words or widget.accessibleName()}' in {type(parent).__name__}"
