"""Who works here, and how: users, the organisation, its duplicate rules, a user's settings on the server."""

from __future__ import annotations

from crmdesk.model.entity import Entity, Field, FieldType, Section
from crmdesk.model.shorthand import choice, flag, kept_by_server, lookup, number, state, status, text

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
        number("minofflinesyncinterval", "Least milliseconds between updates of the local data"),
        number("minoutlooksyncinterval", "Least milliseconds between updates of the mail side"),
        number("minaddressbooksyncinterval", "Least milliseconds between updates of the address book"),
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

# Dataverse's tables of the same names; operator codes from 100 on are the house's own (matching.duplicates).
DUPLICATE_RULE = Entity(
    "duplicaterule",
    "duplicaterules",
    "Duplicate rule",
    "Duplicate rules",
    "duplicateruleid",
    "name",
    (
        Field("duplicateruleid", FieldType.GUID, "Duplicate rule", readonly=True),
        text("name", "Name", 160, required=True),
        text("baseentityname", "Kind of record", 100),
        text("matchingentityname", "Compared with", 100),
        flag("excludeinactiverecords", "Leave inactive records out"),
        flag("iscasesensitive", "Tell upper from lower case"),
        state((0, "Inactive"), (1, "Active")),
        status((0, 0, "Unpublished", True), (0, 1, "Publishing", False), (1, 2, "Published", True)),
        *kept_by_server(),
    ),
    icon="ph.copy",
)

DUPLICATE_CONDITION = Entity(
    "duplicaterulecondition",
    "duplicateruleconditions",
    "Duplicate rule condition",
    "Duplicate rule conditions",
    "duplicateruleconditionid",
    "baseattributename",
    (
        Field("duplicateruleconditionid", FieldType.GUID, "Condition", readonly=True),
        lookup("regardingobjectid", "Duplicate rule", "duplicaterule", required=True),
        text("baseattributename", "Field", 100, required=True),
        text("matchingattributename", "Field of the other", 100, required=True),
        choice(
            "operatorcode",
            "Compared by",
            (0, "Exact match"),
            (1, "Same first characters"),
            (2, "Same last characters"),
            (3, "Same date"),
            (4, "Same date and time"),
            (5, "Same choice by label"),
            (6, "Same choice by value"),
            (100, "Same e-mail address"),
            (101, "Same phone number"),
        ),
        number("operatorparam", "Number of characters"),
        *kept_by_server(owned=False),
    ),
    icon="ph.copy",
)
