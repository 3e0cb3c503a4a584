"""A bar at the bottom for some seconds: what was done, and a way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QWidget

from crmdesk.ui.parts import button, columns, label
from crmdesk.ui.tokens import SHOWN_SECONDS, SPACE_1, SPACE_2, SPACE_3, SPACE_4, STATUS_HEIGHT
from crmdesk.ui.words import tr


class UndoBar(QFrame):
    """Lies over the window's lower edge; takes no focus by itself, so that typing goes on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("kind", "undo")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = label()
        self._undo = button(tr("Undo"), clicked=self._take_back)
        self._further = button("", clicked=self._go_further)
        for each in (self._undo, self._further):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._columns = columns(self._words, self._undo, self._further, spacing=SPACE_3)
        self.setLayout(self._columns)
        self._back: Callable[[], object] | None = None
        self._on: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_SECONDS * 1000)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    def show_done(
        self,
        words: str,
        back: Callable[[], object] | None = None,
        further: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Say what was done; `back` undoes it, None: there is no way back. `further`: a button that tells more."""
        self._words.setText(words)
        self.setAccessibleName(words)
        self._back = back
        self._undo.setVisible(back is not None)
        self._on = None if further is None else further[1]
        self._further.setVisible(further is not None)
        self._further.setText("" if further is None else further[0])
        ends_in_button = back is not None or further is not None
        self._columns.setContentsMargins(SPACE_4, SPACE_1, SPACE_2 if ends_in_button else SPACE_4, SPACE_1)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def undo(self) -> None:
        if self.isVisible() and self._back is not None:
            self._take_back()

    def _take_back(self) -> None:
        back, self._back = self._back, None
        self.hide()
        if back is not None:
            back()

    def _go_further(self) -> None:
        self.hide()
        if self._on is not None:
            self._on()

    def _place(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.move((window.width() - self.width()) // 2, window.height() - STATUS_HEIGHT - self.height() - SPACE_4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
