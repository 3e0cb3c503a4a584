"""The one style sheet, made from the tokens. Widgets say what they are by the dynamic property "kind" (style.py)."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from crmdesk.ui.tokens import (
    BAR_HEIGHT,
    BODY,
    BUTTON_HEIGHT,
    RADIUS,
    RADIUS_CARD,
    RADIUS_DIALOG,
    RAIL_WIDTH,
    SMALL,
    STATUS_HEIGHT,
    TITLE,
    Tokens,
    colors,
)


def made_from(tokens: Tokens, marks: Mapping[str, str]) -> str:
    """The sheet; `marks` are the files of mark_tick, mark_arrow and mark_cross."""
    return Template("".join((_GROUND, _TEXT, _BUTTONS, _INPUTS, _LISTS, _FRAME, _CARDS, _MENUS))).substitute(
        {**colors(tokens), **marks},
        radius=RADIUS,
        radius_card=RADIUS_CARD,
        radius_dialog=RADIUS_DIALOG,
        body=BODY,
        small=SMALL,
        title=TITLE,
        rail_width=RAIL_WIDTH,
        bar_height=BAR_HEIGHT,
        status_height=STATUS_HEIGHT,
        inner=BUTTON_HEIGHT - 2,
    )


_GROUND = """
QMainWindow, QDialog { background: $background; }
QWidget { color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; border-radius: 4px; padding: 4px 6px; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
*[kind="surface"] { background: $surface; }
*[kind="background"] { background: $background; }
*[kind="line"] { background: $line; border: none; }
QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 11px; }
QScrollBar:horizontal { height: 11px; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px 2px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; width: 0; height: 0; border: none; }
"""

_TEXT = """
QLabel { background: transparent; }
QLabel[kind="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[kind="heading"] { font-weight: 600; }
QLabel[kind="dim"] { color: $dim; }
QLabel[kind="small"] { color: $dim; font-size: ${small}px; }
QLabel[kind="section"] { color: $dim; font-size: ${small}px; font-weight: 600; }
QLabel[kind="key"] { background: $background; color: $text; font-size: ${small}px; border: 1px solid $line;
    border-bottom-width: 2px; border-radius: 4px; padding: 1px 6px; }
QLabel[kind="link-target"] { background: $raised; color: $dim; font-size: ${small}px; border: 1px solid $line;
    border-radius: 4px; padding: 2px 6px; }
QLabel[kind="failed"] { color: $failed; font-size: ${small}px; }
QLabel[kind="chip-tracked"] { background: $tracked_soft; color: $tracked; font-size: ${small}px; font-weight: 600;
    border-radius: 9px; padding: 2px 8px; }
QLabel[kind="chip-done"] { background: $done_soft; color: $done; font-size: ${small}px; font-weight: 600;
    border-radius: 9px; padding: 1px 8px; }
QLabel[kind="chip-accent"] { background: $accent_soft; color: $accent; font-size: ${small}px; font-weight: 600;
    border-radius: 9px; padding: 1px 8px; }
QLabel[kind="chip-waiting"] { background: $waiting_soft; color: $waiting; font-size: ${small}px; font-weight: 600;
    border-radius: 9px; padding: 1px 8px; }
QLabel[kind="chip-failed"] { background: $failed_soft; color: $failed; font-size: ${small}px; font-weight: 600;
    border-radius: 9px; padding: 1px 8px; }
"""

_BUTTONS = """
QPushButton { background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 0 12px; min-height: ${inner}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:disabled { color: $faint; background: $background; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: 28px; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $line; border-color: $line; color: $dim; }
QPushButton[kind="danger"] { color: $failed; }
QPushButton[kind="link"] { background: transparent; border: 2px solid transparent; color: $accent; font-weight: 600;
    padding: 0 1px; min-height: 20px; text-align: left; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; border-radius: 4px; }
QPushButton[kind="link-waiting"] { background: transparent; border: 2px solid transparent; color: $waiting;
    font-weight: 600; text-decoration: underline; padding: 0 4px; min-height: 20px; }
QPushButton[kind="link-waiting"]:focus { border-color: $waiting; border-radius: 4px; }
QToolButton { background: transparent; color: $text; border: 2px solid transparent; border-radius: ${radius}px;
    padding: 0 5px; min-height: 28px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }
QPushButton::menu-indicator { image: url("$mark_arrow"); width: 14px; height: 14px; right: 8px;
    subcontrol-origin: padding; subcontrol-position: right center; }
QToolButton[kind="primary"], QToolButton[kind="primary-arrow"] { background: $accent; color: $on_accent;
    font-weight: 600; padding: 0 8px 0 6px; border-top-right-radius: 0; border-bottom-right-radius: 0; }
QToolButton[kind="primary-arrow"] { padding: 0 3px; border-radius: 0; border-top-right-radius: ${radius}px;
    border-bottom-right-radius: ${radius}px; }
QToolButton[kind="primary"]:focus, QToolButton[kind="primary-arrow"]:focus { border-color: $text; }
QToolButton[kind="tracking"] { color: $tracked; }
QToolButton[kind="tracking"]:hover { background: $tracked_soft; }
QToolButton[kind="tracking"]:disabled { color: $faint; }
QPushButton[kind="field"] { background: $surface; border: 1px solid $line; text-align: left; padding: 2px 8px;
    min-height: 24px; }
QPushButton[kind="field"]:hover { border-color: $faint; }
QPushButton[kind="field"]:focus { border: 2px solid $accent; padding: 1px 7px; }
QToolButton[kind="link"] { color: $dim; font-size: ${small}px; padding: 0 4px; min-height: 22px; }
QToolButton[kind="link"]:checked { color: $accent; background: transparent; font-weight: 600; }
QFrame[kind="segments"] { border: 1px solid $line; border-radius: ${radius}px; background: $surface; }
QFrame[kind="segments"] QToolButton { border: 2px solid transparent; border-radius: 5px; color: $dim;
    padding: 0 6px; min-height: 26px; max-height: 26px; }
QFrame[kind="segments"] QToolButton:focus { border-color: $accent; }
QFrame[kind="segments"] QToolButton:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QFrame[kind="segments"] QToolButton[kind="online"]:checked { background: $done_soft; color: $done; }
QFrame[kind="segments"] QToolButton[kind="online"][trouble="waiting"]:checked { background: $waiting_soft;
    color: $waiting; }
QFrame[kind="segments"] QToolButton[kind="online"][trouble="failed"]:checked { background: $failed_soft;
    color: $failed; }
QFrame[kind="segments"] QToolButton[kind="offline"]:checked { background: $waiting_soft; color: $waiting; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; border: 2px solid transparent; border-radius: 4px;
    min-height: 24px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $faint;
    background: $surface; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$mark_tick"); }
QRadioButton::indicator:checked { border: 4px solid $accent; background: $on_accent; width: 8px; height: 8px; }
"""

_INPUTS = """
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox { background: $surface; color: $text;
    border: 1px solid $line; border-radius: ${radius}px; padding: 1px 7px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit, QComboBox, QAbstractSpinBox { min-height: 26px; }
QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover, QAbstractSpinBox:hover { border-color: $faint; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {
    border: 2px solid $accent; padding: 0 6px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { background: $background; color: $dim; }
*[wrong="true"] { border: 2px solid $failed; padding: 0 6px; }
QLineEdit { lineedit-clear-button-icon: url("$mark_cross"); }
QLineEdit > QToolButton { background: transparent; border: none; padding: 0; min-height: 0; }
QLineEdit[kind="search"] { background: $background; }
QLineEdit[kind="plain"], QTextEdit[kind="plain"], QPlainTextEdit[kind="plain"] { border: 2px solid transparent;
    background: transparent; }
QLineEdit[kind="plain"]:focus { border-color: transparent; padding: 1px 7px; }
QTextEdit[kind="plain"]:focus, QPlainTextEdit[kind="plain"]:focus { border: 2px solid transparent; padding: 1px 7px; }
QTextBrowser[kind="message"] { border: none; background: $surface; padding: 0; border-radius: 0; }
QTextBrowser[kind="message"]:focus { border: none; padding: 0; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$mark_arrow"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; selection-background-color: $accent_soft;
    selection-color: $text; outline: none; padding: 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QCalendarWidget QWidget { alternate-background-color: $background; }
QCalendarWidget QAbstractItemView { background: $raised; selection-background-color: $accent;
    selection-color: $on_accent; border: none; }
QCalendarWidget QToolButton { color: $text; background: transparent; }
#qt_calendar_navigationbar { background: $raised; }
"""

_LISTS = """
QAbstractItemView { background: $surface; border: none; outline: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QListView[kind="side-list"] { background: transparent; padding: 8px 0; }
QListView[kind="popup"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px; padding: 4px; }
QListView[kind="popup"]:focus { border-color: $accent; }
QListView[kind="popup"]::item { height: 32px; padding: 0 6px; border-radius: 4px; color: $text; }
QListView[kind="popup"]::item:hover { background: $hover; }
QListView[kind="popup"]::item:selected { background: $accent_soft; color: $text; }
QTreeView { background: $background; border: none; outline: none; }
QTableView { background: $surface; border: none; gridline-color: $line; selection-background-color: $accent_soft;
    selection-color: $text; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $dim; font-size: ${small}px; font-weight: 600; border: none;
    border-bottom: 1px solid $line; padding: 0 12px; height: 32px; }
QHeaderView::section:hover { color: $text; background: $hover; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $dim; padding: 8px 12px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom-color: $accent; font-weight: 600; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
"""

_FRAME = """
#rail { background: $rail; border-right: 1px solid $line; }
#commandBar { background: $surface; border-bottom: 1px solid $line; }
#statusLine { background: $background; border-top: 1px solid $line; }
#statusLine QLabel { color: $dim; font-size: ${small}px; }
#statusLine QPushButton { font-size: ${small}px; min-height: 18px; padding: 0 3px; }
QProgressBar { background: $line; border: none; border-radius: 2px; max-height: 5px; min-height: 5px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
*[kind="pane-head"] { background: $surface; border: none; border-bottom: 1px solid $line; }
*[kind="side"] { background: $background; border: none; border-right: 1px solid $line; }
*[kind="bottom-bar"] { background: $background; border-top: 1px solid $line; }
"""

_CARDS = """
QFrame[kind="card"] { background: $raised; border: 1px solid $line; border-radius: ${radius_card}px; }
QFrame[kind="card-tracked"] { background: $raised; border: 1px solid $line; border-left: 3px solid $tracked;
    border-radius: ${radius}px; }
QFrame[kind="bar"] { background: $background; border: none; border-radius: ${radius}px; }
QFrame[kind="bar"] QLabel { color: $dim; }
QFrame[kind="bar-waiting"] { background: $waiting_soft; border: none; border-radius: ${radius}px; }
QFrame[kind="bar-waiting"] QLabel { color: $waiting; }
QFrame[kind="bar-failed"] { background: $failed_soft; border: none; border-radius: ${radius}px; }
QFrame[kind="bar-failed"] QLabel { color: $failed; }
QFrame[kind="undo"] { background: $text; border-radius: ${radius_card}px; }
QFrame[kind="undo"] QLabel { color: $surface; }
QFrame[kind="undo"] QPushButton { background: transparent; border: 2px solid transparent; color: $accent_soft;
    font-weight: 600; padding: 0 8px; }
QFrame[kind="undo"] QPushButton:hover { text-decoration: underline; }
QFrame[kind="undo"] QPushButton:focus { border-color: $accent_soft; }
QFrame[kind="chip"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[kind="chip"]:hover { background: $hover; }
QPushButton[kind="chip"] { background: $raised; padding: 0 12px 0 10px; min-height: 32px; text-align: left; }
QPushButton[kind="chip"]:hover { background: $hover; }
QPushButton[kind="chip-part"] { background: transparent; border: 2px solid transparent; padding: 0 5px; }
QPushButton[kind="chip-part"]:hover { background: $accent_soft; }
QPushButton[kind="chip-part"]:focus { border-color: $accent; padding: 0 5px; }
QPushButton[kind="chip-tracked"] { background: $tracked_soft; color: $tracked; font-size: ${small}px;
    font-weight: 600; border: 2px solid transparent; border-radius: 10px; padding: 0 8px; min-height: 16px; }
QPushButton[kind="chip-tracked"]:hover { text-decoration: underline; }
QPushButton[kind="chip-tracked"]:focus { border-color: $tracked; }
QPushButton[kind="choice"] { text-align: left; padding: 6px 10px; min-height: 36px; }
QPushButton[kind="choice"]:checked { background: $accent_soft; border: 1px solid $accent; }
QPushButton[kind="choice"]:focus { border: 2px solid $accent; padding: 5px 9px; }
"""

_MENUS = """
QMenu { background: $raised; color: $text; border: 1px solid $line; border-radius: ${radius}px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 8px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faint; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenuBar { background: $surface; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 4px 8px; background: transparent; }
QMenuBar::item:selected { background: $hover; border-radius: 4px; }
"""
