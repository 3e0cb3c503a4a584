"""Saving and opening what came with a message."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.mail.message import AttachmentInfo
from crmdesk.ui.mail.letter import attachment
from crmdesk.ui.words import tr

_RUNS = (
    ".exe",
    ".bat",
    ".cmd",
    ".com",
    ".scr",
    ".js",
    ".vbs",
    ".ps1",
    ".sh",
    ".desktop",
    ".jar",
    ".msi",
    ".lnk",
    ".app",
)


def keep_attachment(parent: QWidget, desk: Desk, key: str, info: AttachmentInfo, open_it: bool) -> None:
    """Ask where to save an attachment; or open a copy of it with the system's program, unless it could run."""
    name = Path(info.filename).name or tr("attachment")
    if open_it and not name.lower().endswith(_RUNS):
        folder = Path(tempfile.mkdtemp(prefix="crmdesk-"))

        def show(content: bytes) -> None:
            target = folder / name
            target.write_bytes(content)
            target.chmod(0o400)  # a copy: changes to it would be lost
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(target)))

        desk.in_background(lambda reader: attachment(reader, key, info.index), show)
        return
    downloads = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    chosen, _ = QFileDialog.getSaveFileName(parent, tr("Save the attachment"), str(Path(downloads) / name))
    if chosen:
        target = Path(chosen)

        def save(content: bytes) -> None:
            target.write_bytes(content)

        desk.in_background(lambda reader: attachment(reader, key, info.index), save)
