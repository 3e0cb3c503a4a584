"""Messages dragged out of a list, and the places that take them. Each has a command that does the same by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

MESSAGES = "application/x-crmdesk-messages"
_SPRINGS_AFTER = 600  # ms over a place before it opens by itself

Taken = Callable[[Sequence[str], QPoint], bool]
"""Told what was dropped and where; whether it was taken."""


def offer(keys: Sequence[str]) -> QMimeData:
    """What a drag of these messages carries: nothing that another program understands."""
    content = QMimeData()
    content.setData(MESSAGES, "\n".join(keys).encode())
    return content


def messages_in(content: QMimeData) -> list[str]:
    """The ids of the messages that are dragged."""
    if not content.hasFormat(MESSAGES):
        return []
    return bytes(content.data(MESSAGES).data()).decode().splitlines()


class DropPlace(QObject):
    """Makes a widget take messages, as long as it lives. `sprung`: what happens when they are held over it a while."""

    def __init__(
        self,
        widget: QWidget,
        taken: Taken,
        can_take: Callable[[QPoint], bool] | None = None,
        sprung: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(widget)
        self._taken = taken
        self._can_take = can_take
        self._timer = QTimer(self, singleShot=True, interval=_SPRINGS_AFTER)
        if sprung is not None:
            self._timer.timeout.connect(sprung)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and messages_in(event.mimeData()):
            self._timer.start()
            event.acceptProposedAction()
            return True
        if isinstance(event, QDragMoveEvent) and messages_in(event.mimeData()):
            fits = self._can_take is None or self._can_take(event.position().toPoint())
            event.setAccepted(fits)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._timer.stop()
        if isinstance(event, QDropEvent) and (keys := messages_in(event.mimeData())):
            self._timer.stop()
            if self._taken(keys, event.position().toPoint()):
                event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)
