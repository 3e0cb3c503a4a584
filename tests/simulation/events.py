"""What happens to people: networks, time, rights, and how they synchronise."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select, update

from crmdesk.actions import choose
from crmdesk.matching.duplicates import PUBLISHED
from crmdesk.model.duplicate_rules import Operator
from crmdesk.model.record import Reference, new_id
from crmdesk.server.tables import RECORDS, STATE
from crmdesk.store import local_data
from crmdesk.sync.report import Hooks
from tests.simulation.people import Person
from tests.simulation.story import Story

GROUPS = {
    "contact": ("true", "true", "jobtitle ne null", "startswith(lastname,'v') and statecode eq 0", "false"),
    "account": ("true", "accountnumber eq null", "false"),
    "task": ("true", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", "statecode eq 0", "false"),
    "appointment": ("true", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", "false"),
    "email": ("true", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", "false"),
}
OPTIONS = {"conflict": ("mine", "theirs", "ask"), "duplicates": ("ask", "create", "skip")}


def sync(story: Story, person: Person) -> str:
    return str(person.desk.sync())


def sync_and_stop(story: Story, person: Person) -> str:
    return str(person.desk.sync(Hooks(stopped=lambda: story.rng.random() < 0.2)))


def push(story: Story, person: Person) -> str:
    return str(person.desk.session.push())


def go_online(story: Story, person: Person) -> str:
    return str(person.desk.session.go_online())


def go_offline(story: Story, person: Person) -> str:
    return str(person.desk.session.go_offline(now=story.rng.random() < 0.5))


def network_fails(story: Story, person: Person) -> str:
    person.trouble = story.rng.choice((0.0, 0.2, 0.5, 0.8))
    return str(person.trouble)


def program_starts_again(story: Story, person: Person) -> None:
    person.dead = True
    story.start_again(person)


def time_passes(story: Story, person: Person) -> str:
    seconds = story.rng.choice((1, 30, 400, 4000, 40_000, 8 * 24 * 3600))
    story.office.clock.advance(seconds)
    return f"{seconds} s"


def clock_is_set(story: Story, person: Person) -> str:
    """The clock of their computer is set wrong, or right again."""
    person.desk.clock_is_off = timedelta(days=story.rng.choice((-1, 0, 1)))
    return str(person.desk.clock_is_off)


def choose_group(story: Story, person: Person) -> str:
    entity = story.rng.choice(list(GROUPS))
    text = story.rng.choice(GROUPS[entity])
    person.desk.group(entity, text)
    return f"{entity}: {text}"


def add_a_group(story: Story, person: Person) -> str:
    """One more of an entity that may have some: what belongs to any of them is kept."""
    entity = story.rng.choice(list(GROUPS))
    text, enabled = story.rng.choice(GROUPS[entity]), story.rng.random() < 0.8
    name = story.word()
    person.desk.session.do(lambda tx: choose.add_group(tx, entity, name, text, enabled))
    return f"{entity} {name}: {text}, {'on' if enabled else 'off'}"


def change_a_group(story: Story, person: Person) -> str | None:
    """Switched on or off, or taken away."""
    with person.desk.session.store.read() as reader:
        found = [each for groups in local_data.all_groups(reader).values() for each in groups]
    if not found:
        return None
    group = story.rng.choice(found)
    if story.rng.random() < 0.5:
        person.desk.session.do(lambda tx: choose.change_group(tx, group.id, enabled=not group.enabled))
        return f"{group.entity} {group.name}: {'off' if group.enabled else 'on'}"
    person.desk.session.do(lambda tx: choose.remove_group(tx, group.id))
    return f"{group.entity} {group.name}: removed"


def choose_policy(story: Story, person: Person) -> str:
    name = story.rng.choice(list(OPTIONS))
    text = story.rng.choice(OPTIONS[name])
    person.desk.option(name, text)
    return f"{name} {text}"


def server_forgets_its_feed(story: Story, person: Person) -> None:
    """Every delta token is foreign from now on."""
    with story.office.server.database.writing() as transaction:
        transaction.connection.execute(update(STATE).values(organization=new_id()))


def rights_change(story: Story, person: Person) -> str | None:
    """Some record is taken from the person's sight, or given back."""
    hidden = story.rights.hidden[person.user]
    if hidden and story.rng.random() < 0.5:
        reference = story.rng.choice(sorted(hidden))
        story.rights.give(person.user, reference)
        return f"{reference} is given back"
    there: list[Reference] = sorted(story.journal.now)
    if not there:
        return None
    reference = story.rng.choice(there)
    story.meddled.add(reference)
    story.rights.take(person.user, reference)
    return f"{reference} is taken"


def publish_a_rule(story: Story, person: Person) -> str:
    """The administrator publishes another rule for possible duplicates, or withdraws it."""
    rule, condition = RECORDS["duplicaterule"], RECORDS["duplicaterulecondition"]
    with story.office.server.database.writing() as transaction:
        here = transaction.connection.execute(select(rule.c.statuscode).where(rule.c.duplicateruleid == _RULE)).scalar()
        published = here != PUBLISHED
        version = transaction.next_version()
        if here is None:
            line = {"duplicateruleid": _RULE, "name": "Same first letters", "versionnumber": version}
            names = {"baseentityname": "contact", "matchingentityname": "contact"}
            transaction.connection.execute(insert(rule).values(**line, **names))
            compared = {"baseattributename": "jobtitle", "matchingattributename": "jobtitle"}
            how = {"operatorcode": int(Operator.SAME_FIRST), "operatorparam": 3}
            of = {"duplicateruleconditionid": _RULE, "regardingobjectid": f"duplicaterule:{_RULE}"}
            transaction.connection.execute(insert(condition).values(**of, **compared, **how, versionnumber=version))
        state = {"statecode": int(published), "statuscode": PUBLISHED if published else 0, "versionnumber": version}
        transaction.connection.execute(update(rule).where(rule.c.duplicateruleid == _RULE).values(**state))
    return "published" if published else "withdrawn"


_RULE = "d0000000-0000-4000-8000-000000000001"
