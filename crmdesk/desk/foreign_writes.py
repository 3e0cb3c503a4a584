"""Noticing what another program writes to the profile, without looking all the time."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from crmdesk.store.store import Store

_PAUSE = 300  # ms between two looks while something is written
_SELDOM = 10_000  # ms: where the system tells of writes, a look in case one was missed
_OFTEN = 1_000  # ms: where it does not


class ForeignWrites(QObject):
    """Emits `noticed` after another program wrote. The system tells of writes to SQLite's log; own ones are known."""

    noticed = Signal()

    def __init__(self, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._watch = store.watch()
        self._log = f"{store.path}-wal"
        self._files = QFileSystemWatcher(self)
        self._files.fileChanged.connect(self._written)
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE)
        self._soon.timeout.connect(self._look)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look)
        self._follow()
        self._poll.start()

    def close(self) -> None:
        self._soon.stop()
        self._poll.stop()
        self._files.removePaths(self._files.files())
        self._watch.close()

    def _follow(self) -> None:
        """Watch the log; it is made anew when all programs had left it."""
        told = bool(self._files.files()) or self._files.addPath(self._log)
        self._poll.setInterval(_SELDOM if told else _OFTEN)

    def _written(self, path: str) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        self._follow()
        if self._watch.foreign_write():
            self.noticed.emit()
