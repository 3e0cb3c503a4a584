"""Every screen and dialog of the program, opened one after the other as the picture book does, and looked at."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from crmdesk import app
from crmdesk.demo.place import demonstration
from crmdesk.ui.mail.engine import prepare_application
from crmdesk.ui.theme import theme
from tests.access.inspection import Seen, inspect

prepare_application()
# In a container there is no sandbox for the engine that shows HTML; what tests show it is their own.
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")

ROOT = Path(__file__).parents[2]


def picture_book() -> ModuleType:
    """packaging/picture_book.py, which knows how to open everything."""
    spec = importlib.util.spec_from_file_location("picture_book", ROOT / "packaging" / "picture_book.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["picture_book"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def look_at_everything(folder: Path) -> dict[str, Seen]:
    """What is found in each scene of the picture book, with the demonstration's data. Needs an application."""
    module = picture_book()
    found: dict[str, Seen] = {}
    with demonstration(folder, lambda words: None) as place:
        opened = app.build(place.session)
        opened.window.show()
        book = module.Book(opened, place, opened)  # the screens alone: nothing of the first day
        module.prepare(book)
        for name, scene in module.SCENES.items():
            shown = scene(book)
            shown.activateWindow()
            book.settle()
            for _ in range(100):  # keys go to the active window alone, and a window manager takes its time
                if shown.isActiveWindow():
                    break
                book.settle(50)
            found[name] = inspect(shown)
            book.close()
        opened.close()
        shiboken6.delete(opened.window)
    return found


@pytest.fixture(scope="module")
def seen(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    theme().choose("light")
    return look_at_everything(tmp_path_factory.mktemp("demonstration"))
