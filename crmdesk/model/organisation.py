"""Who works here, and how: users, the organisation, a user's settings on the server."""

from __future__ import annotations

from crmdesk.model.entity import Entity, Field, FieldType, Section
from crmdesk.model.shorthand import choice, flag, kept_by_server, number, text

USER = Entity(
    "systemuser",
    "systemusers",
    "User",
    "Users",
    "systemuserid",
    "fullname",
    (
        Field("systemuserid", FieldType.GUID, "User", readonly=True),
        text("domainname", "User name", 1024, required=True),
        text("fullname", "Full name", 200, readonly=True, computed_from=("firstname", "lastname")),
        text("firstname", "First name", 64),
        text("lastname", "Last name", 64),
        text("internalemailaddress", "E-mail", 100),
        text("title", "Title", 128),
        flag("isdisabled", "Disabled"),
        *kept_by_server(owned=False),
    ),
    columns=("fullname", "internalemailaddress", "title"),
    search=("fullname", "internalemailaddress"),
    addresses=("internalemailaddress",),
    form=(Section("Summary", ("firstname", "lastname", "internalemailaddress", "title")),),
    icon="ph.user-circle",
)

ORGANIZATION = Entity(
    "organization",
    "organizations",
    "Organization",
    "Organizations",
    "organizationid",
    "name",
    (
        Field("organizationid", FieldType.GUID, "Organization", readonly=True),
        text("name", "Name", 160, required=True),
        number("minofflinesyncinterval", "Least minutes between updates of the local data"),
        number("minoutlooksyncinterval", "Least minutes between updates of the mail side"),
        number("minaddressbooksyncinterval", "Least minutes between updates of the address book"),
        number("expirechangetrackingindays", "Days that a delta link lives"),
        number("maxuploadfilesize", "Largest file (bytes)"),
        text("trackingprefix", "Tracking prefix", 20),
        *kept_by_server(owned=False),
    ),
    icon="ph.globe",
)

USER_SETTINGS = Entity(
    "usersettings",
    "usersettingscollection",
    "User settings",
    "User settings",
    "systemuserid",
    "systemuserid",
    (
        Field("systemuserid", FieldType.GUID, "User", readonly=True),
        choice(
            "incomingemailfilteringmethod",
            "Track incoming mail",
            (0, "All messages"),
            (1, "Replies to tracked messages"),
            (2, "From accounts, contacts and leads"),
            (3, "From records with an e-mail address"),
            (4, "None"),
        ),
        number("offlinesyncinterval", "Minutes between updates of the local data"),
        number("outlooksyncinterval", "Minutes between updates of the mail side"),
        number("addressbooksyncinterval", "Minutes between updates of the address book"),
        number("uilanguageid", "Language"),
        *kept_by_server(owned=False),
    ),
    icon="ph.sliders",
)
