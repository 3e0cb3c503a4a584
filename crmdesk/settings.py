"""The person's choices, one frozen dataclass. Where they are kept is the store's business (store/options.py).

Every option has the name under which the command line and the window know it, its kind, and a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal


class BadOption(ValueError):
    """No such option, or a value that it cannot have; the text says which are possible."""


@dataclass(frozen=True)
class Settings:
    duplicates: Literal["ask", "create", "skip"] = "ask"
    conflict: Literal["mine", "theirs", "ask"] = "mine"
    sync_background: bool = True
    sync_minutes: int = 15
    history_days: int = 90
    addressbook_hours: int = 24
    track_incoming: Literal["all", "replies", "known", "none"] = "replies"
    track_outgoing: Literal["all", "replies", "known", "none"] = "replies"
    track_mark: bool = True
    track_forwards: bool = True
    contacts_copy: Literal["chosen", "all"] = "chosen"
    mail_minutes: int = 5
    mail_pictures: bool = False
    mail_html: Literal["designed", "simple"] = "designed"
    mail_conversations: bool = True
    mail_reading: Literal["right", "below", "off"] = "right"
    notifications: bool = True
    reminders_on: bool = True
    reminders_minutes: int = 15
    reminders_tasks: bool = True
    appearance_scheme: Literal["system", "light", "dark"] = "system"
    appearance_language: Literal["system", "en", "de"] = "system"


@dataclass(frozen=True)
class Option:
    """One choice as a person meets it: `name` on the command line, `page` of Personal Options, `words` beside it."""

    name: str
    page: str
    label: str
    words: str
    choices: tuple[str, ...] = ()  # empty: a number or true/false, as the default says
    least: int = 0
    most: int = 0

    @property
    def attribute(self) -> str:
        return self.name.replace(".", "_")


OPTIONS: tuple[Option, ...] = (
    Option(
        "duplicates",
        "Synchronisation",
        "Possible duplicates",
        "A record made here that looks like one in the CRM is asked about, created anyway, or not created.",
        ("ask", "create", "skip"),
    ),
    Option(
        "conflict",
        "Synchronisation",
        "The same field changed twice",
        "When you and somebody else changed the same field, yours is kept, theirs, or you are asked. The other value "
        "stays in history.",
        ("mine", "theirs", "ask"),
    ),
    Option(
        "sync.background",
        "Synchronisation",
        "Update in the background",
        "After a first synchronisation by hand, the local data is brought up to date by itself while online.",
    ),
    Option(
        "sync.minutes",
        "Synchronisation",
        "Minutes between updates",
        "How often the local data is updated. The administrator may allow it less often; then that holds.",
        least=1,
        most=1440,
    ),
    Option(
        "history.days",
        "Synchronisation",
        "Days that history is kept",
        "What was overwritten or erased, and the receipts of what was sent, can be looked up and restored so long.",
        least=1,
        most=3650,
    ),
    Option(
        "addressbook.hours",
        "Address book",
        "Hours between updates",
        "The address book is updated when the window opens and then this often.",
        least=1,
        most=744,
    ),
    Option(
        "track.incoming",
        "Tracking",
        "Track incoming mail",
        "Which messages become e-mail activities in the CRM by themselves: all, replies to tracked mail, mail from "
        "known accounts, contacts and leads, or none.",
        ("all", "replies", "known", "none"),
    ),
    Option(
        "track.outgoing",
        "Tracking",
        "Track outgoing mail",
        "Which messages that you send become e-mail activities by themselves.",
        ("all", "replies", "known", "none"),
    ),
    Option(
        "track.forwards",
        "Tracking",
        "Forwards count as replies",
        "A forwarded tracked message is taken as a reply to it.",
    ),
    Option("track.mark", "Tracking", "Show the tracked mark", "Tracked items wear a mark with the record's name."),
    Option(
        "contacts.copy",
        "General",
        "Contacts from the CRM",
        "Copy only the contacts that you choose into My Contacts, or all of them.",
        ("chosen", "all"),
    ),
    Option(
        "notifications",
        "General",
        "Notifications",
        "While you look at another window, the system tells of new mail and of reminders.",
    ),
    Option("reminders.on", "General", "Reminders", "A small window tells of appointments before they begin."),
    Option(
        "reminders.minutes",
        "General",
        "Minutes before an appointment",
        "How long before it begins a reminder tells of it.",
        least=0,
        most=1440,
    ),
    Option("reminders.tasks", "General", "Reminders of tasks", "A task with a due time is told of when it is due."),
    Option("mail.minutes", "E-mail", "Minutes between looks", "How often new mail is looked for.", least=1, most=1440),
    Option(
        "mail.conversations",
        "E-mail",
        "Conversations",
        "Messages that answer each other stand in one row of the list.",
    ),
    Option(
        "mail.reading",
        "E-mail",
        "Reading pane",
        "Where a message is read: right of the list, below it, or in windows of their own.",
        ("right", "below", "off"),
    ),
    Option(
        "mail.html",
        "E-mail",
        "Designed messages",
        "As their senders designed them, which takes some 250 MB of memory once one is opened, or simply.",
        ("designed", "simple"),
    ),
    Option(
        "mail.pictures",
        "Privacy",
        "Show pictures from the web",
        "Loading them tells the sender that you read the message.",
    ),
    Option(
        "appearance.scheme",
        "Appearance",
        "Colours",
        "Light, dark, or as the system has it.",
        ("system", "light", "dark"),
    ),
    Option(
        "appearance.language",
        "Appearance",
        "Language",
        "English, German, or as the system has it. Dates and numbers follow it.",
        ("system", "en", "de"),
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}


def value_of(settings: Settings, name: str) -> Any:
    return getattr(settings, _option(name).attribute)


def changed(settings: Settings, name: str, text: str) -> Settings:
    """`settings` with one option set from its text. Raises BadOption with words."""
    option = _option(name)
    choice: dict[str, Any] = {option.attribute: _value(option, text)}
    return replace(settings, **choice)


def from_texts(texts: Mapping[str, str]) -> Settings:
    """The settings from how they are kept, option names to texts; what cannot be read is left at its default."""
    settings = Settings()
    for name, text in texts.items():
        if name in BY_NAME:
            try:
                settings = changed(settings, name, text)
            except BadOption:
                continue  # written by another version; the default serves
    return settings


def to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _option(name: str) -> Option:
    try:
        return BY_NAME[name]
    except KeyError:
        raise BadOption(f"There is no option '{name}'. Known: {', '.join(BY_NAME)}.") from None


def _value(option: Option, text: str) -> Any:
    default = next(each.default for each in fields(Settings) if each.name == option.attribute)
    word = text.strip().lower()
    if option.choices:
        if word not in option.choices:
            raise BadOption(f"{option.name} takes {', '.join(option.choices)}; not '{text}'.")
        return word
    if isinstance(default, bool):
        if word in ("true", "on", "yes", "1"):
            return True
        if word in ("false", "off", "no", "0"):
            return False
        raise BadOption(f"{option.name} takes true or false; not '{text}'.")
    if not word.isdigit() or not option.least <= int(word) <= option.most:
        raise BadOption(f"{option.name} takes a whole number from {option.least} to {option.most}; not '{text}'.")
    return int(word)
