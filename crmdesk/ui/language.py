"""The language of the window: texts, Qt's own words, and how dates and numbers are written."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from crmdesk import texts

_QT = "qt-words"
"""The object name of the translator that is installed, so that it is found and taken out again."""


def speak(choice: str) -> bool:
    """Use the language that was chosen, "system" for the system's. Says whether that is another one than before.

    Widgets that stand already keep their texts: whoever changes the language builds them anew.
    """
    before = texts.language()
    wanted = QLocale.system().uiLanguages() if choice == "system" else [choice]
    texts.use_language(choice if choice == texts.PSEUDO else texts.best_language(wanted))
    QLocale.setDefault(_locale(texts.language()))
    _translate_qt(texts.language())
    return texts.language() != before


def _locale(code: str) -> QLocale:
    """The system's where it speaks the language, with its own ways to write a date; else the language's usual one."""
    system = QLocale.system()
    wanted = QLocale(code) if code in texts.LANGUAGES else _BRITISH
    if system.language() == wanted.language():
        return system
    return _BRITISH if code == texts.ENGLISH else wanted


_BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def _translate_qt(code: str) -> None:
    application = QCoreApplication.instance()
    if application is None:
        return
    for old in application.findChildren(QTranslator, _QT):
        application.removeTranslator(old)
        old.deleteLater()
    translator = QTranslator(application)
    translator.setObjectName(_QT)
    if translator.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
