"""The system's notifications: said only while nobody looks at the window, and only where the system has a place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

_SECONDS = 8


class Notifications(QObject):
    """One icon in the system's tray, made with the first notification. `show_window` brings the window back."""

    def __init__(self, window: QWidget, show_window: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._show_window = show_window
        self._icon: QSystemTrayIcon | None = None
        self._then: Callable[[], object] | None = None

    def tell(self, title: str, words: str, then: Callable[[], object] | None = None) -> bool:
        """Say it; `then` when it is pressed, after the window came back. False where it was not to be said."""
        if self._window.isActiveWindow() or not QSystemTrayIcon.isSystemTrayAvailable():
            return False
        self._then = then
        icon = self._in_the_tray()
        icon.showMessage(title, words, self._window.windowIcon() or QApplication.windowIcon(), _SECONDS * 1000)
        return True

    def _in_the_tray(self) -> QSystemTrayIcon:
        if self._icon is None:
            self._icon = QSystemTrayIcon(QApplication.windowIcon(), self)
            self._icon.setToolTip(QApplication.applicationDisplayName())
            self._icon.messageClicked.connect(self._pressed)
            self._icon.activated.connect(self._pressed)
            self._icon.show()
        return self._icon

    @Slot()
    def _pressed(self) -> None:
        self._show_window()
        then, self._then = self._then, None
        if then is not None:
            then()
