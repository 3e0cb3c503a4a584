"""The entities that crmdesk knows, as data.

Server, client, store, lists and forms are all driven by this one description.

A new kind of record is one more Entity here: no class, table, form or route. Lengths, choices, states and navigation
properties are Dataverse's (docs/architecture.md names the sources).
"""

from __future__ import annotations

from crmdesk.model.entity import Choice, Entity, Field, FieldType, Section

_ACTIVITIES = ("task", "appointment", "phonecall", "email")
_REGARDING = ("account", "contact", "lead", "opportunity")
_PLURALS = {
    "task": "Tasks",
    "appointment": "Appointments",
    "phonecall": "Phonecalls",
    "email": "Emails",
}


def _text(name: str, label: str, length: int = 100, **more: object) -> Field:
    return Field(name, FieldType.STRING, label, length=length, **more)  # type: ignore[arg-type]


def _memo(name: str, label: str, length: int = 100_000) -> Field:
    return Field(name, FieldType.MEMO, label, length=length)


def _number(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.INTEGER, label, **more)  # type: ignore[arg-type]


def _money(name: str, label: str) -> Field:
    return Field(name, FieldType.MONEY, label)


def _flag(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.BOOLEAN, label, **more)  # type: ignore[arg-type]


def _moment(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.DATETIME, label, **more)  # type: ignore[arg-type]


def _day(name: str, label: str) -> Field:
    return Field(name, FieldType.DATE, label)


def _choice(name: str, label: str, *choices: tuple[int, str], **more: object) -> Field:
    return Field(name, FieldType.CHOICE, label, choices=tuple(Choice(*c) for c in choices), **more)  # type: ignore[arg-type]


def _lookup(name: str, label: str, *targets: str, inverse: dict[str, str] | None = None, **more: object) -> Field:
    """A lookup: one navigation property per target when there are several (Dataverse's polymorphic lookups)."""
    navigation = {t: name if len(targets) == 1 else f"{name}_{t}" for t in targets}
    return Field(name, FieldType.LOOKUP, label, targets=targets, navigation=navigation, inverse=inverse or {}, **more)  # type: ignore[arg-type]


def _regarding(activity: str) -> Field:
    plural = _PLURALS[activity]
    return Field(
        "regardingobjectid",
        FieldType.LOOKUP,
        "Regarding",
        targets=_REGARDING,
        navigation={t: f"regardingobjectid_{t}_{activity}" for t in _REGARDING},
        inverse={t: f"{t.capitalize()}_{plural}" for t in _REGARDING},
    )


def _parties(activity: str) -> Field:
    return Field(f"{activity}_activity_parties", FieldType.PARTIES, "People")


def _state(*states: tuple[int, str]) -> Field:
    return Field("statecode", FieldType.STATE, "State", choices=tuple(Choice(*s) for s in states))


def _status(*rows: tuple[int, int, str, bool]) -> Field:
    """Rows: state, status, label, whether it is the state's default."""
    return Field(
        "statuscode",
        FieldType.STATUS,
        "Status",
        choices=tuple(Choice(status, label, state, default) for state, status, label, default in rows),
    )


def _kept_by_server(owned: bool = True) -> tuple[Field, ...]:
    """The columns that every table has and the server writes; the owner, where there is one, a person may change."""
    common = (
        _moment("createdon", "Created on", readonly=True),
        _moment("modifiedon", "Changed on", readonly=True),
        _lookup("createdby", "Created by", "systemuser", readonly=True),
        _lookup("modifiedby", "Changed by", "systemuser", readonly=True),
        Field("versionnumber", FieldType.BIGINT, "Version", readonly=True),
    )
    return (_lookup("ownerid", "Owner", "systemuser"), *common) if owned else common


def _address() -> tuple[Field, ...]:
    return (
        _text("address1_line1", "Street", 250),
        _text("address1_line2", "Street 2", 250),
        _text("address1_postalcode", "Postal code", 20),
        _text("address1_city", "City", 80),
        _text("address1_stateorprovince", "State or province", 50),
        _text("address1_country", "Country", 80),
    )


_ADDRESS_SECTION = Section(
    "Address",
    (
        "address1_line1",
        "address1_line2",
        "address1_postalcode",
        "address1_city",
        "address1_stateorprovince",
        "address1_country",
    ),
)
_PRIORITY = _choice("prioritycode", "Priority", (0, "Low"), (1, "Normal"), (2, "High"))

ACCOUNT = Entity(
    "account",
    "accounts",
    "Account",
    "Accounts",
    "accountid",
    "name",
    (
        Field("accountid", FieldType.GUID, "Account", readonly=True),
        _text("name", "Account name", 160, required=True),
        _text("accountnumber", "Account number", 20),
        _text("emailaddress1", "E-mail", 100),
        _text("telephone1", "Main phone", 50),
        _text("fax", "Fax", 50),
        _text("websiteurl", "Website", 200),
        _choice(
            "industrycode",
            "Industry",
            (1, "Accounting"),
            (2, "Agriculture"),
            (4, "Building"),
            (6, "Business services"),
            (8, "Consulting"),
            (9, "Consumer services"),
            (10, "Design"),
            (11, "Distribution"),
            (14, "Durable manufacturing"),
            (15, "Eating and drinking"),
            (16, "Entertainment"),
            (18, "Financial"),
            (21, "Health"),
            (27, "Retail"),
            (32, "Transport"),
            (33, "Utilities"),
            (34, "Vehicles"),
            (35, "Wholesale"),
        ),
        _money("revenue", "Annual revenue"),
        _number("numberofemployees", "Employees"),
        _memo("description", "Description", 2000),
        *_address(),
        _lookup(
            "primarycontactid",
            "Primary contact",
            "contact",
            inverse={"contact": "account_primary_contact"},
        ),
        _lookup("parentaccountid", "Parent account", "account", inverse={"account": "account_parent_account"}),
        _lookup("originatingleadid", "Originating lead", "lead", inverse={"lead": "account_originating_lead"}),
        _state((0, "Active"), (1, "Inactive")),
        _status((0, 1, "Active", True), (1, 2, "Inactive", True)),
        *_kept_by_server(),
    ),
    columns=("name", "emailaddress1", "telephone1", "address1_city", "primarycontactid", "ownerid", "modifiedon"),
    search=("name", "accountnumber", "emailaddress1", "telephone1", "websiteurl", "address1_city", "description"),
    addresses=("emailaddress1",),
    form=(
        Section(
            "Summary",
            (
                "name",
                "accountnumber",
                "emailaddress1",
                "telephone1",
                "fax",
                "websiteurl",
                "primarycontactid",
                "parentaccountid",
            ),
        ),
        Section("Business", ("industrycode", "revenue", "numberofemployees", "originatingleadid", "description")),
        _ADDRESS_SECTION,
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.buildings",
)

CONTACT = Entity(
    "contact",
    "contacts",
    "Contact",
    "Contacts",
    "contactid",
    "fullname",
    (
        Field("contactid", FieldType.GUID, "Contact", readonly=True),
        _text("fullname", "Full name", 160, readonly=True, computed_from=("firstname", "lastname")),
        _text("firstname", "First name", 50),
        _text("lastname", "Last name", 50, required=True),
        _text("jobtitle", "Job title", 100),
        _text("emailaddress1", "E-mail", 100),
        _text("emailaddress2", "E-mail 2", 100),
        _text("emailaddress3", "E-mail 3", 100),
        _text("telephone1", "Business phone", 50),
        _text("mobilephone", "Mobile phone", 50),
        _text("department", "Department", 100),
        _day("birthdate", "Birthday"),
        _memo("description", "Description", 2000),
        *_address(),
        _lookup(
            "parentcustomerid",
            "Company",
            "account",
            "contact",
            inverse={"account": "contact_customer_accounts", "contact": "contact_customer_contacts"},
        ),
        _state((0, "Active"), (1, "Inactive")),
        _status((0, 1, "Active", True), (1, 2, "Inactive", True)),
        *_kept_by_server(),
    ),
    columns=("fullname", "jobtitle", "parentcustomerid", "emailaddress1", "telephone1", "ownerid", "modifiedon"),
    search=(
        "fullname",
        "jobtitle",
        "emailaddress1",
        "emailaddress2",
        "emailaddress3",
        "telephone1",
        "mobilephone",
        "address1_city",
        "description",
    ),
    addresses=("emailaddress1", "emailaddress2", "emailaddress3"),
    form=(
        Section(
            "Summary",
            (
                "firstname",
                "lastname",
                "jobtitle",
                "department",
                "parentcustomerid",
                "emailaddress1",
                "telephone1",
                "mobilephone",
            ),
        ),
        Section("More", ("emailaddress2", "emailaddress3", "birthdate", "description")),
        _ADDRESS_SECTION,
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.user",
)

LEAD = Entity(
    "lead",
    "leads",
    "Lead",
    "Leads",
    "leadid",
    "fullname",
    (
        Field("leadid", FieldType.GUID, "Lead", readonly=True),
        _text("subject", "Topic", 300, required=True),
        _text("fullname", "Name", 160, readonly=True, computed_from=("firstname", "lastname")),
        _text("firstname", "First name", 50),
        _text("lastname", "Last name", 50),
        _text("companyname", "Company", 100),
        _text("jobtitle", "Job title", 100),
        _text("emailaddress1", "E-mail", 100),
        _text("telephone1", "Business phone", 50),
        _text("mobilephone", "Mobile phone", 50),
        _text("websiteurl", "Website", 200),
        _choice("leadqualitycode", "Rating", (1, "Hot"), (2, "Warm"), (3, "Cold")),
        _money("revenue", "Annual revenue"),
        _memo("description", "Description", 2000),
        *_address(),
        _lookup("parentaccountid", "Parent account", "account", inverse={"account": "lead_parent_account"}),
        _lookup("parentcontactid", "Parent contact", "contact", inverse={"contact": "lead_parent_contact"}),
        _lookup(
            "qualifyingopportunityid",
            "Opportunity",
            "opportunity",
            inverse={"opportunity": "lead_qualifying_opportunity"},
        ),
        _state((0, "Open"), (1, "Qualified"), (2, "Disqualified")),
        _status(
            (0, 1, "New", True),
            (0, 2, "Contacted", False),
            (1, 3, "Qualified", True),
            (2, 4, "Lost", True),
            (2, 5, "Cannot contact", False),
            (2, 6, "No longer interested", False),
            (2, 7, "Canceled", False),
        ),
        *_kept_by_server(),
    ),
    columns=("fullname", "subject", "companyname", "emailaddress1", "telephone1", "statuscode", "modifiedon"),
    search=("fullname", "subject", "companyname", "emailaddress1", "telephone1", "description"),
    addresses=("emailaddress1",),
    form=(
        Section(
            "Summary",
            (
                "subject",
                "firstname",
                "lastname",
                "companyname",
                "jobtitle",
                "emailaddress1",
                "telephone1",
                "mobilephone",
                "websiteurl",
            ),
        ),
        Section(
            "Details",
            (
                "leadqualitycode",
                "revenue",
                "parentaccountid",
                "parentcontactid",
                "qualifyingopportunityid",
                "description",
            ),
        ),
        _ADDRESS_SECTION,
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.funnel",
)

OPPORTUNITY = Entity(
    "opportunity",
    "opportunities",
    "Opportunity",
    "Opportunities",
    "opportunityid",
    "name",
    (
        Field("opportunityid", FieldType.GUID, "Opportunity", readonly=True),
        _text("name", "Topic", 300, required=True),
        _money("estimatedvalue", "Estimated revenue"),
        _day("estimatedclosedate", "Estimated close"),
        _number("closeprobability", "Probability %"),
        _money("actualvalue", "Actual revenue"),
        _day("actualclosedate", "Actual close"),
        _choice("opportunityratingcode", "Rating", (1, "Hot"), (2, "Warm"), (3, "Cold")),
        _choice("salesstage", "Stage", (0, "Qualify"), (1, "Develop"), (2, "Propose"), (3, "Close")),
        _memo("description", "Description", 2000),
        _lookup(
            "customerid",
            "Customer",
            "account",
            "contact",
            inverse={"account": "opportunity_customer_accounts", "contact": "opportunity_customer_contacts"},
        ),
        _lookup("parentaccountid", "Account", "account", inverse={"account": "opportunity_parent_account"}),
        _lookup("parentcontactid", "Contact", "contact", inverse={"contact": "opportunity_parent_contact"}),
        _lookup("originatingleadid", "Originating lead", "lead", inverse={"lead": "opportunity_originating_lead"}),
        _state((0, "Open"), (1, "Won"), (2, "Lost")),
        _status(
            (0, 1, "In progress", True),
            (0, 2, "On hold", False),
            (1, 3, "Won", True),
            (2, 4, "Canceled", True),
            (2, 5, "Out-sold", False),
        ),
        *_kept_by_server(),
    ),
    columns=("name", "customerid", "estimatedvalue", "estimatedclosedate", "salesstage", "statuscode", "ownerid"),
    search=("name", "description"),
    form=(
        Section(
            "Summary",
            (
                "name",
                "customerid",
                "parentcontactid",
                "estimatedvalue",
                "estimatedclosedate",
                "closeprobability",
                "salesstage",
                "opportunityratingcode",
            ),
        ),
        Section("Details", ("description", "originatingleadid", "actualvalue", "actualclosedate")),
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.trend-up",
)

TASK = Entity(
    "task",
    "tasks",
    "Task",
    "Tasks",
    "activityid",
    "subject",
    (
        Field("activityid", FieldType.GUID, "Task", readonly=True),
        _text("subject", "Subject", 200, required=True),
        _memo("description", "Description", 2000),
        _moment("scheduledstart", "Start"),
        _moment("scheduledend", "Due"),
        _PRIORITY,
        _number("percentcomplete", "% complete"),
        _number("actualdurationminutes", "Duration (minutes)"),
        _moment("actualend", "Done on", readonly=True),
        _regarding("task"),
        _state((0, "Open"), (1, "Completed"), (2, "Canceled")),
        _status(
            (0, 2, "Not started", True),
            (0, 3, "In progress", False),
            (0, 4, "Waiting on someone else", False),
            (0, 7, "Deferred", False),
            (1, 5, "Completed", True),
            (2, 6, "Canceled", True),
        ),
        *_kept_by_server(),
    ),
    is_activity=True,
    columns=("subject", "regardingobjectid", "scheduledend", "prioritycode", "statuscode", "ownerid"),
    search=("subject", "description"),
    form=(
        Section("Summary", ("subject", "regardingobjectid", "scheduledstart", "scheduledend", "prioritycode")),
        Section("Details", ("description", "percentcomplete", "actualdurationminutes")),
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.check-square",
)

APPOINTMENT = Entity(
    "appointment",
    "appointments",
    "Appointment",
    "Appointments",
    "activityid",
    "subject",
    (
        Field("activityid", FieldType.GUID, "Appointment", readonly=True),
        _text("subject", "Subject", 200, required=True),
        _text("location", "Location", 200),
        _moment("scheduledstart", "Start", required=True),
        _moment("scheduledend", "End", required=True),
        _flag("isalldayevent", "All day"),
        _memo("description", "Description", 2000),
        _text("globalobjectid", "Outlook id", 300),
        _PRIORITY,
        _regarding("appointment"),
        _parties("appointment"),
        _state((0, "Open"), (1, "Completed"), (2, "Canceled"), (3, "Scheduled")),
        _status(
            (0, 1, "Free", True),
            (0, 2, "Tentative", False),
            (1, 3, "Completed", True),
            (2, 4, "Canceled", True),
            (3, 5, "Busy", True),
            (3, 6, "Out of office", False),
        ),
        *_kept_by_server(),
    ),
    is_activity=True,
    columns=("subject", "regardingobjectid", "scheduledstart", "scheduledend", "location", "ownerid"),
    search=("subject", "location", "description"),
    form=(
        Section(
            "Summary",
            ("subject", "location", "scheduledstart", "scheduledend", "isalldayevent", "regardingobjectid"),
        ),
        Section("Details", ("appointment_activity_parties", "description", "prioritycode")),
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    first_state=3,
    icon="ph.calendar-blank",
)

PHONECALL = Entity(
    "phonecall",
    "phonecalls",
    "Phone call",
    "Phone calls",
    "activityid",
    "subject",
    (
        Field("activityid", FieldType.GUID, "Phone call", readonly=True),
        _text("subject", "Subject", 200, required=True),
        _text("phonenumber", "Phone number", 200),
        _flag("directioncode", "Outgoing"),
        _moment("scheduledend", "Due"),
        _memo("description", "Description", 2000),
        _PRIORITY,
        _number("actualdurationminutes", "Duration (minutes)"),
        _regarding("phonecall"),
        _parties("phonecall"),
        _state((0, "Open"), (1, "Completed"), (2, "Canceled")),
        _status(
            (0, 1, "Open", True),
            (1, 2, "Made", True),
            (1, 4, "Received", False),
            (2, 3, "Canceled", True),
        ),
        *_kept_by_server(),
    ),
    is_activity=True,
    columns=("subject", "regardingobjectid", "phonenumber", "scheduledend", "statuscode", "ownerid"),
    search=("subject", "phonenumber", "description"),
    form=(
        Section("Summary", ("subject", "regardingobjectid", "phonenumber", "directioncode", "scheduledend")),
        Section("Details", ("description", "prioritycode", "actualdurationminutes")),
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.phone",
)

EMAIL = Entity(
    "email",
    "emails",
    "E-mail",
    "E-mails",
    "activityid",
    "subject",
    (
        Field("activityid", FieldType.GUID, "E-mail", readonly=True),
        _text("subject", "Subject", 800),
        _memo("description", "Body", 1_000_000),
        _flag("directioncode", "Outgoing"),
        _text("messageid", "Message-ID", 320),
        _text("inreplyto", "In reply to", 320),
        _text("conversationindex", "Conversation index", 2048),
        _text("trackingtoken", "Tracking token", 50),
        _text("sender", "Sender", 250),
        _text("torecipients", "Recipients", 500),
        _moment("senton", "Sent on"),
        _moment("actualend", "Done on"),
        _text("mimetype", "MIME type", 256),
        _PRIORITY,
        _number("attachmentcount", "Attachments", readonly=True),
        _lookup("parentactivityid", "Answers", "email", inverse={"email": "email_parentactivityid"}),
        _choice(
            "correlationmethod",
            "Matched by",
            (0, "None"),
            (1, "Skipped"),
            (2, "X header"),
            (3, "In-Reply-To"),
            (4, "Tracking token"),
            (5, "Conversation index"),
            (6, "Smart matching"),
            (7, "Custom"),
        ),
        _regarding("email"),
        _parties("email"),
        _state((0, "Open"), (1, "Completed"), (2, "Canceled")),
        _status(
            (0, 1, "Draft", True),
            (0, 8, "Failed", False),
            (1, 2, "Completed", True),
            (1, 3, "Sent", False),
            (1, 4, "Received", False),
            (1, 6, "Pending send", False),
            (1, 7, "Sending", False),
            (2, 5, "Canceled", True),
        ),
        *_kept_by_server(),
    ),
    is_activity=True,
    columns=("subject", "regardingobjectid", "sender", "torecipients", "senton", "statuscode"),
    search=("subject", "sender", "torecipients", "description"),
    form=(
        Section("Summary", ("subject", "regardingobjectid", "sender", "torecipients", "senton", "directioncode")),
        Section("Details", ("email_activity_parties", "description", "messageid", "attachmentcount")),
        Section("Administration", ("ownerid", "statecode", "statuscode")),
    ),
    icon="ph.envelope",
)

ATTACHMENT = Entity(
    "activitymimeattachment",
    "activitymimeattachments",
    "Attachment",
    "Attachments",
    "activitymimeattachmentid",
    "filename",
    (
        Field("activitymimeattachmentid", FieldType.GUID, "Attachment", readonly=True),
        _lookup("objectid", "E-mail", "email", inverse={"email": "email_activity_mime_attachment"}, required=True),
        _text("objecttypecode", "Belongs to", 64),
        _text("subject", "Subject", 2000),
        _text("filename", "File name", 255),
        _text("mimetype", "MIME type", 256),
        Field("body", FieldType.FILE, "Content"),
        _number("filesize", "Size", readonly=True),
        _number("attachmentnumber", "Number"),
        *_kept_by_server(owned=False),
    ),
    columns=("filename", "mimetype", "filesize"),
    icon="ph.paperclip",
)

PARTY = Entity(
    "activityparty",
    "activityparties",
    "Activity party",
    "Activity parties",
    "activitypartyid",
    "addressused",
    (
        Field("activitypartyid", FieldType.GUID, "Activity party", readonly=True),
        _lookup("activityid", "Activity", *_ACTIVITIES, readonly=True),
        _lookup("partyid", "Party", "account", "contact", "lead", "systemuser", readonly=True),
        _number("participationtypemask", "Role", readonly=True),
        _text("addressused", "Address", 320, readonly=True),
    ),
    writable=False,  # written through its activity
    icon="ph.users",
)

ANNOTATION = Entity(
    "annotation",
    "annotations",
    "Note",
    "Notes",
    "annotationid",
    "subject",
    (
        Field("annotationid", FieldType.GUID, "Note", readonly=True),
        _text("subject", "Title", 500),
        _memo("notetext", "Text"),
        _text("filename", "File name", 255),
        _text("mimetype", "MIME type", 256),
        Field("documentbody", FieldType.FILE, "Content"),
        _flag("isdocument", "Has a file"),
        _number("filesize", "Size", readonly=True),
        Field(
            "objectid",
            FieldType.LOOKUP,
            "Regarding",
            targets=(*_REGARDING, *_ACTIVITIES),
            navigation={t: f"objectid_{t}" for t in (*_REGARDING, *_ACTIVITIES)},
            inverse={t: f"{t.capitalize()}_Annotation" for t in (*_REGARDING, *_ACTIVITIES)},
        ),
        *_kept_by_server(),
    ),
    columns=("subject", "objectid", "modifiedon", "ownerid"),
    search=("subject", "notetext"),
    form=(Section("Note", ("subject", "notetext", "objectid")), Section("Administration", ("ownerid",))),
    icon="ph.note",
)

USER = Entity(
    "systemuser",
    "systemusers",
    "User",
    "Users",
    "systemuserid",
    "fullname",
    (
        Field("systemuserid", FieldType.GUID, "User", readonly=True),
        _text("domainname", "User name", 1024, required=True),
        _text("fullname", "Full name", 200, readonly=True, computed_from=("firstname", "lastname")),
        _text("firstname", "First name", 64),
        _text("lastname", "Last name", 64),
        _text("internalemailaddress", "E-mail", 100),
        _text("title", "Title", 128),
        _flag("isdisabled", "Disabled"),
        *_kept_by_server(owned=False),
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
        _text("name", "Name", 160, required=True),
        _number("minofflinesyncinterval", "Least minutes between updates of the local data"),
        _number("minoutlooksyncinterval", "Least minutes between updates of the mail side"),
        _number("minaddressbooksyncinterval", "Least minutes between updates of the address book"),
        _number("expirechangetrackingindays", "Days that a delta link lives"),
        _number("maxuploadfilesize", "Largest file (bytes)"),
        _text("trackingprefix", "Tracking prefix", 20),
        *_kept_by_server(owned=False),
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
        _choice(
            "incomingemailfilteringmethod",
            "Track incoming mail",
            (0, "All messages"),
            (1, "Replies to tracked messages"),
            (2, "From accounts, contacts and leads"),
            (3, "From records with an e-mail address"),
            (4, "None"),
        ),
        _number("offlinesyncinterval", "Minutes between updates of the local data"),
        _number("outlooksyncinterval", "Minutes between updates of the mail side"),
        _number("addressbooksyncinterval", "Minutes between updates of the address book"),
        _number("uilanguageid", "Language"),
        *_kept_by_server(owned=False),
    ),
    icon="ph.sliders",
)

ENTITIES: dict[str, Entity] = {
    each.name: each
    for each in (
        ACCOUNT,
        CONTACT,
        LEAD,
        OPPORTUNITY,
        TASK,
        APPOINTMENT,
        PHONECALL,
        EMAIL,
        ATTACHMENT,
        PARTY,
        ANNOTATION,
        USER,
        ORGANIZATION,
        USER_SETTINGS,
    )
}
BY_SET: dict[str, Entity] = {each.set_name: each for each in ENTITIES.values()}
ACTIVITIES = _ACTIVITIES
REGARDING_TARGETS = _REGARDING

# The kinds of record that may be private: never on the server, never leaving the computer until they are tracked.
PRIVATE_KINDS = ("contact", "task", "appointment")

# What a client keeps locally, in the order in which it is most useful to have it.
LOCAL_ENTITIES = (
    "systemuser",
    "task",
    "appointment",
    "phonecall",
    "account",
    "contact",
    "opportunity",
    "lead",
    "email",
    "activitymimeattachment",
    "annotation",
)


class UnknownEntity(LookupError):
    """No entity of that logical name; the text says so in words for a person."""


def entity(name: str) -> Entity:
    """The entity of that logical name; UnknownEntity when there is none."""
    try:
        return ENTITIES[name]
    except KeyError:
        raise UnknownEntity(f"There is no kind of record called '{name}'. Known: {', '.join(ENTITIES)}.") from None


def entity_of_set(set_name: str) -> Entity:
    """The entity of that entity set (a resource name, case-sensitive); UnknownEntity when there is none."""
    try:
        return BY_SET[set_name]
    except KeyError:
        raise UnknownEntity(f"There is no entity set called '{set_name}'.") from None
