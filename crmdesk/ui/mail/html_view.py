"""Shows a message's HTML as its sender designed it, in a web engine that can reach nothing but the message.

Imported only where ui.mail.engine says that the engine is available. What keeps the sender out, each enough by itself:
the message comes under a scheme of our own; no scripts, plug-ins, frames, forms, cookies or storage; every request is
judged by a gate that lets remote pictures through after the person's consent and nothing else ever; a content security
policy says the same once more; links are handed on, never followed; nothing is downloaded; nothing is kept on disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from crmdesk.ui.mail.engine import CID_SCHEME, MESSAGE_SCHEME
from crmdesk.ui.theme import theme
from crmdesk.ui.words import tr

LINKS = ("http", "https", "mailto")
_REMOTE = ("http", "https")
_DOCTYPE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype[^>]*>)?", re.IGNORECASE)

# A blocked picture that says nothing in words leaves its room empty, instead of the sign for what is broken.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
_BLOCKED = "".join(
    f"img[src^='{begin}' i]:is([alt=''],:not([alt])){{content:url({_NOTHING});background:rgba(128,128,128,.14)}}"
    for begin in ("http:", "https:", "//")
)

_Setting = QWebEngineSettings.WebAttribute
_OFF = (
    _Setting.JavascriptEnabled,
    _Setting.JavascriptCanOpenWindows,
    _Setting.JavascriptCanAccessClipboard,
    _Setting.PluginsEnabled,
    _Setting.PdfViewerEnabled,
    _Setting.LocalStorageEnabled,
    _Setting.LocalContentCanAccessRemoteUrls,
    _Setting.LocalContentCanAccessFileUrls,
    _Setting.AutoLoadIconsForPage,
    _Setting.HyperlinkAuditingEnabled,
    _Setting.DnsPrefetchEnabled,
    _Setting.ErrorPageEnabled,
    _Setting.FullScreenSupportEnabled,
    _Setting.ScreenCaptureEnabled,
    _Setting.WebGLEnabled,
    _Setting.NavigateOnDropEnabled,
    _Setting.FocusOnNavigationEnabled,
)


class HtmlView(QWidget):
    """One engine view with a profile of its own: what one message was allowed, another one's view does not know."""

    link_asked = Signal(str)  # http, https or mailto: the person pressed it
    link_pointed = Signal(str)  # where the link under the mouse or the keyboard leads; "" when there is none
    broke = Signal()  # the engine's process ended; show the message in another way
    loaded = Signal()

    def __init__(self) -> None:
        super().__init__()
        # Qt deletes children in the order of their making, and the profile has to outlive view and page.
        self._view = _View(self)
        self._profile = QWebEngineProfile(self)
        self._content = _Content(self._profile)
        self._gate = _Gate(self._profile)
        self.page = _Page(self._profile, self._view)
        self._html = ""
        self._number = 0
        self._loading = False
        self._close_the_profile()
        for each in _OFF:
            self.page.settings().setAttribute(each, False)
        self._view.setPage(self.page)
        self._view.setAccessibleName(tr("Message text"))
        self.setFocusProxy(self._view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self.page.link_asked.connect(self.link_asked)
        self.page.linkHovered.connect(self.link_pointed)
        self.page.renderProcessTerminated.connect(lambda how, code: self.broke.emit())
        self.page.loadFinished.connect(self._load_ended)
        theme().changed.connect(self._load)

    def _close_the_profile(self) -> None:
        profile = self._profile
        profile.installUrlSchemeHandler(MESSAGE_SCHEME, self._content)
        profile.installUrlSchemeHandler(CID_SCHEME, self._content)
        profile.setUrlRequestInterceptor(self._gate)
        profile.cookieStore().setCookieFilter(lambda request: False)
        profile.downloadRequested.connect(_refuse_download)

    def show_html(self, html: str, pictures: Mapping[str, bytes], remote: bool) -> None:
        """Show a message's own HTML. `pictures` came with it, by their content ids; `remote`: others may be fetched."""
        self._html = html
        self._content.pictures = pictures
        self._content.remote = self._gate.remote = remote
        self._load()

    def clear(self) -> None:
        """Let go of the message."""
        self.show_html("", {}, remote=False)

    @property
    def is_loading(self) -> bool:
        """Whether the present message is still being laid out."""
        return self._loading

    @property
    def blocked(self) -> int:
        """How many requests of the present message were turned away."""
        return self._gate.blocked

    def _load(self) -> None:
        tokens = theme().tokens
        self.page.settings().setAttribute(_Setting.ForceDarkMode, theme().is_dark)
        self.page.setBackgroundColor(tokens.color("surface"))
        self._content.document = _document(self._html, self._content.remote).encode("utf-8", "replace")
        self._gate.blocked = 0
        self._number += 1  # an address of its own, so that no other message's is taken for it
        self.page.present = QUrl(f"{MESSAGE_SCHEME.decode()}://letter/{self._number}")
        self._loading = True
        self.page.load(self.page.present)

    def _load_ended(self, done: bool) -> None:
        if done and self.page.url() == self.page.present:  # else it is a message before, which was broken off
            self._loading = False
            self.loaded.emit()


class _Content(QWebEngineUrlSchemeHandler):
    """Answers the engine: with the message, with the pictures that came along, with nothing else."""

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.document = b""
        self.pictures: Mapping[str, bytes] = {}
        self.remote = False

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        url = job.requestUrl()
        if url.scheme().encode() == MESSAGE_SCHEME:
            _answer(job, b"text/html;charset=utf-8", self.document)
            return
        picture = self.pictures.get(unquote(url.path()))
        if picture is None:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
        else:
            _answer(job, b"image/png", picture)  # the engine looks at the content for which kind it is


class _Gate(QWebEngineUrlRequestInterceptor):
    """Every request of the engine passes here, before anything of it leaves."""

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.remote = False
        self.blocked = 0

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        scheme = info.requestUrl().scheme()
        kind = QWebEngineUrlRequestInfo.ResourceType
        if scheme.encode() == MESSAGE_SCHEME:
            allowed = info.resourceType() == kind.ResourceTypeMainFrame
        elif scheme in ("cid", "data"):
            allowed = info.resourceType() == kind.ResourceTypeImage
        else:
            allowed = self.remote and scheme in _REMOTE and info.resourceType() == kind.ResourceTypeImage
        if not allowed:
            self.blocked += 1
            info.block(True)


class _Page(QWebEnginePage):
    """Stays at the message that it was given; links are told of, not followed."""

    link_asked = Signal(str)

    def __init__(self, profile: QWebEngineProfile, view: QWidget) -> None:
        super().__init__(profile, view)
        self.present = QUrl()
        self.newWindowRequested.connect(self._window_asked)

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, is_main_frame: bool
    ) -> bool:
        url = QUrl(url)
        if is_main_frame and url.toString().partition("#")[0] == self.present.toString():
            return True  # the message itself, or a place in it
        if kind == QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            self._tell(url)
        return False

    def javaScriptConsoleMessage(self, level: object, message: str, line: int, source: str) -> None:
        """What the engine remarks about a message is nobody's concern."""

    def _window_asked(self, request: QWebEngineNewWindowRequest) -> None:
        """A link with a target of its own; nobody takes the window, so that none is made."""
        if request.isUserInitiated():
            self._tell(request.requestedUrl())

    def _tell(self, url: QUrl) -> None:
        if url.scheme() in LINKS:
            self.link_asked.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


class _View(QWebEngineView):
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        request = self.lastContextMenuRequest()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.selectedText():
            menu.addAction(tr("Copy"), lambda: self.triggerPageAction(QWebEnginePage.WebAction.Copy))
        link = request.linkUrl().toString() if request is not None else ""
        if link:
            menu.addAction(tr("Copy link address"), lambda: QGuiApplication.clipboard().setText(link))
        menu.addAction(tr("Select all"), lambda: self.triggerPageAction(QWebEnginePage.WebAction.SelectAll))
        menu.popup(event.globalPos())


def _answer(job: QWebEngineUrlRequestJob, kind: bytes, content: bytes) -> None:
    device = QBuffer(job)  # lives as long as the job
    device.setData(content)
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    job.reply(QByteArray(kind), device)


def _refuse_download(request: QWebEngineDownloadRequest) -> None:
    request.cancel()


def _document(html: str, remote: bool) -> str:
    """The message with a head of ours before its own: how it may load, and how text looks that says nothing itself.

    :where() weighs nothing, so whatever the sender says counts more. In the dark the engine turns light grounds and
    dark letters over, and leaves pictures and what is dark already alone.
    """
    tokens = theme().tokens
    pictures = "cid: data: http: https:" if remote else "cid: data:"
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src {pictures}; '
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
        '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">'
        f"<style>:where(html){{background:{tokens.surface};color:{tokens.text};"
        "display:flex;flex-direction:column;min-height:100%;"  # a ground of the sender's goes down to the lower edge
        "font:14px/1.5 'Noto Sans',system-ui,sans-serif}"
        ":where(body){flex:1;margin:4px 22px 16px;overflow-wrap:break-word}"
        f"{_BLOCKED if not remote else ''}"
        "::-webkit-scrollbar{width:10px;height:10px;background:transparent}"
        f"::-webkit-scrollbar-corner{{background:{tokens.surface}}}"
        f"::-webkit-scrollbar-thumb{{background:{tokens.line};border-radius:5px}}"
        f":where(a){{color:{tokens.accent}}}:where(img:not([height])){{max-width:100%}}"
        f":where(blockquote){{margin:8px 0;padding-left:12px;border-left:2px solid {tokens.line}}}</style>"
    )
    doctype = _DOCTYPE.match(html)
    end = doctype.end() if doctype else 0
    return f"{html[:end]}{head}{html[end:]}"
