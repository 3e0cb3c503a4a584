"""Whether this computer can show HTML by a web engine. Asked when the first HTML message is opened, never at start.

The engine is optional (`crmdesk[html]`): it is large, and some systems cannot run it safely. Then the text view serves.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import cache

from PySide6.QtCore import QCoreApplication, Qt

MESSAGE_SCHEME = b"crmdesk-message"
"""The engine gets a message under this scheme of our own, which knows nothing but the message that is shown."""
CID_SCHEME = b"cid"


def prepare_application() -> None:
    """To be called before the QApplication is made: the engine asks for it, and it costs nothing without one."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)


@cache
def is_available() -> bool:
    """Whether ui.mail.html_view can be imported and used in this process. The first call takes about 0.2 s."""
    if importlib.util.find_spec("PySide6.QtWebEngineWidgets") is None:
        return False
    if not QCoreApplication.testAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts):
        return False
    return _sandbox_works() and _engine_is_ready()


def _sandbox_works() -> bool:
    """Without a sandbox the engine ends the whole process; with it switched off, strangers' HTML would run unguarded.

    Switched off by the environment is a decision of whoever did that, for tests in a container.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QTWEBENGINE_DISABLE_SANDBOX") == "1":
        return True
    if os.geteuid() == 0:
        return False  # it refuses to run as root
    try:
        # What the sandbox does first: a namespace of its own, in which it is root. Some systems forbid that.
        tried = subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def _engine_is_ready() -> bool:
    try:
        # Slow, and made of libraries that a small system may lack; the schemes have to be known before its first use.
        from PySide6.QtWebEngineCore import QWebEngineUrlScheme
    except ImportError:
        return False
    for name, syntax in (
        (MESSAGE_SCHEME, QWebEngineUrlScheme.Syntax.Host),
        (CID_SCHEME, QWebEngineUrlScheme.Syntax.Path),
    ):
        scheme = QWebEngineUrlScheme(name)
        scheme.setSyntax(syntax)
        QWebEngineUrlScheme.registerScheme(scheme)
    return True
