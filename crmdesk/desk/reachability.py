"""What the computer itself says of its network: a hint to look, never a verdict (a server may be on this computer)."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot


class Reachability(QObject):
    """`changed(bool)`: a network came (True) or went (False). This one never tells; others do."""

    changed = Signal(bool)


class SystemReachability(Reachability):
    """As the operating system tells it; where it has no way of telling, nothing is told."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # it loads a plugin and asks the system: that can wait until the window is open
        from PySide6.QtNetwork import QNetworkInformation

        self._network: bool | None = None
        self._gone = QNetworkInformation.Reachability.Disconnected
        if QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            source = QNetworkInformation.instance()
            self._network = source.reachability() != self._gone
            source.reachabilityChanged.connect(self._heard)

    @Slot(object)
    def _heard(self, reachability: object) -> None:
        there = reachability != self._gone
        if there != self._network:
            self._network = there
            self.changed.emit(there)
