"""A record in a window of its own, beside the others."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.model.record import Reference
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.parts import rows
from crmdesk.ui.records.record_view import RecordView
from crmdesk.ui.words import tr

_SIZE = "record/size"


class RecordWindow(TabsAsRead, QWidget):
    """Deletes itself when it is closed; what was typed is kept by then."""

    open_asked = Signal(object)  # Reference
    address_asked = Signal(str)

    def __init__(self, desk: Desk, layout: QSettings) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("kind", "background")
        self._layout = layout
        self.view = RecordView(desk)
        self.setLayout(rows(self.view, spacing=0))
        self.resize(980, 680)
        size = layout.value(_SIZE)
        if size is not None:
            self.resize(size)
        self.view.open_asked.connect(self.open_asked)
        self.view.address_asked.connect(self.address_asked)
        self.view.closed.connect(self.close)
        for keys in ("Ctrl+W", "F2"):
            QShortcut(QKeySequence(keys), self, self.close if keys == "Ctrl+W" else self.view.edit)

    def show_record(self, reference: Reference) -> bool:
        """False when it is not in the local data."""
        if not self.view.show_record(reference):
            return False
        record = self.view.record
        self.setWindowTitle(record.name if record is not None else tr("Record"))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.view.is_editing:
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.view.settle():
            event.ignore()
            return
        self._layout.setValue(_SIZE, self.size())
        super().closeEvent(event)


class RecordWindows(QObject):
    """The records that are open in windows of their own, each once."""

    open_asked = Signal(object)  # Reference
    address_asked = Signal(str)

    def __init__(self, desk: Desk, layout: QSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._layout = desk, layout
        self._open: dict[Reference, RecordWindow] = {}

    def show_record(self, reference: Reference) -> bool:
        """Open it, or bring its window to the front; False when it is not in the local data."""
        window = self._open.get(reference)
        if window is None or not isValid(window):
            window = RecordWindow(self._desk, self._layout)
            if not window.show_record(reference):
                window.deleteLater()
                return False
            window.open_asked.connect(self.open_asked)
            window.address_asked.connect(self.address_asked)
            self._open[reference] = window
            window.show()
        window.raise_()
        window.activateWindow()
        return True

    def close(self) -> bool:
        """Close them all; False when one holds what cannot be saved, and stays."""
        return all(window.close() for window in self._open.values() if isValid(window))
