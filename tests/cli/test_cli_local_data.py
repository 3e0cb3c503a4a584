"""What is kept on this computer: groups, options, search, the address book, contacts copied to one's own."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine


def names(desk: CommandLine, kind: str = "contact") -> set[str]:
    return {str(each["fullname"]) for each in desk.answer("list", kind)}


@pytest.mark.parametrize("wide", ["true", "startswith(lastname,'Group')"])
def test_a_group_that_is_changed_is_followed(connect: Connect, wide: str) -> None:
    anna, ben = connect("A"), connect("B", "ben")
    lines = "".join(f'{{"lastname":"Group {wide} {number}"}}\n' for number in range(30))
    anna.answer("new", "contact", "--track", "--jsonl", stdin=lines)
    ben.answer("sync")
    assert names(ben) == set(), "by default one keeps what one owns"
    assert ben.answer("group", "set", "contact", wide) == {"entity": "contact", "filter": wide}
    ben.answer("sync")
    everything = names(ben)
    assert {f"Group {wide} {number}" for number in range(30)} <= everything
    for narrow, expected in [
        ("endswith(lastname,' 7')", {each for each in everything if each.endswith(" 7")}),
        ("false", set()),
        (wide, everything),
        ("false", set()),
    ]:
        ben.answer("group", "set", "contact", narrow)
        before = names(ben)
        report = ben.answer("sync")
        assert names(ben) == expected
        assert (report["erased"], report["problems"]) == (len(before - expected), [])
        assert ben.answer("sync")["requests"] == 1
    assert anna.answer("sync")["erased"] == 0, "leaving a group is no delete on the server"


def test_options_are_listed_with_what_they_take_and_set(connect: Connect) -> None:
    anna = connect("A")
    listed = {each["name"]: each for each in anna.answer("option", "list")}
    assert {
        "duplicates", "conflict", "sync.background", "sync.minutes", "addressbook.hours", "track.incoming",
        "track.outgoing", "track.mark", "contacts.copy",
    } <= set(listed)  # fmt: skip
    assert (listed["duplicates"]["value"], listed["duplicates"]["choices"]) == ("ask", ["ask", "create", "skip"])
    for name, text, value in [
        ("sync.minutes", "3", 3),
        ("sync.background", "off", False),
        ("track.incoming", "ALL", "all"),
        ("track.mark", "true", True),
    ]:
        assert anna.answer("option", "set", name, text) == {"name": name, "value": value}
        assert value in [each["value"] for each in anna.answer("option", "list") if each["name"] == name]


def test_groups_are_listed_and_by_default_hold_what_one_owns(connect: Connect) -> None:
    anna = connect("A")
    groups = {each["entity"]: each["filter"] for each in anna.answer("group", "list")}
    assert {"account", "contact", "lead", "opportunity", "task", "appointment", "phonecall", "email"} <= set(groups)
    assert "EqualUserId" in groups["contact"]
    anna.answer("group", "set", "contact", "lastname eq 'Berg'")
    assert {"entity": "contact", "filter": "lastname eq 'Berg'"} in anna.answer("group", "list")


def test_any_number_of_groups_with_their_size(connect: Connect) -> None:
    anna, ben = connect("A"), connect("B", "ben")
    lines = "".join(f'{{"lastname":"Size {number}","department":"{ben.profile.parent}"}}\n' for number in range(12))
    anna.answer("new", "contact", "--track", "--jsonl", stdin=lines)
    ben.answer("sync")
    wide = f"startswith(lastname,'Size') and department eq '{ben.profile.parent}'"
    counted = ben.answer("groups", "count", "contact", wide)
    assert (counted["count"], counted["more"], counted["about"]) == (12, False, False)
    assert counted["bytes"] > 12 * 100
    made = ben.answer("groups", "add", "contact", "Size", wide, "--count")
    assert made == {"id": made["id"], "entity": "contact", "name": "Size", "filter": wide, "enabled": True} | {
        each: counted[each] for each in ("count", "more", "about", "bytes")
    }
    assert [each["name"] for each in ben.answer("groups", "list", "contact")] == ["My contacts", "Size"]
    ben.answer("sync")
    assert len(names(ben)) == 12
    narrow = f"lastname eq 'Size 3' and department eq '{ben.profile.parent}'"
    assert ben.answer("groups", "change", made["id"], "--name", "One", "--filter", narrow)["name"] == "One"
    assert ben.answer("sync")["erased"] == 11
    assert ben.answer("groups", "off", made["id"])["enabled"] is False
    assert ben.answer("groups", "on", made["id"])["enabled"] is True
    ben.answer("offline", "--now")
    assert ben.answer("groups", "list", "contact", "--count")[1]["count"] is None
    assert "counted when you are online" in ben.say("groups", "count", "contact", wide).out
    assert ben.answer("groups", "remove", "default:contact") == {"id": "default:contact", "removed": True}
    assert [each["name"] for each in ben.answer("groups", "list", "contact")] == ["One"]
    assert [each["name"] for each in ben.answer("groups", "defaults", "contact")] == ["My contacts"]


def test_contacts_are_copied_to_ones_own(connect: Connect) -> None:
    anna, ben = connect("A"), connect("B", "ben")
    keys = [anna.new("contact", f"lastname=Copy {number}", track=True) for number in range(3)]
    ben.answer("sync")
    assert ben.answer("contacts", "copy", keys[0]) == {"id": keys[0], "_state": "clean"}
    assert [ben.get("contact", keys[0])[name] for name in ("_mine", "_tracked", "lastname")] == [True, True, "Copy 0"]
    anna.answer("set", "contact", keys[0], "firstname=Zoe")
    ben.answer("sync")
    assert ben.get("contact", keys[0])["firstname"] == "Zoe", "it is kept up to date"
    assert {each["_state"] for each in ben.answer("contacts", "copy", *keys[:2])} == {"clean"}
    assert "There is no contact" in ben.refusal("get", "contact", keys[2])
    assert ben.answer("contacts", "copy", "--all")["copied"] >= 3
    assert ben.get("contact", keys[2])["_mine"] is True
    later = anna.new("contact", "lastname=Copy later", track=True)
    ben.answer("sync")
    assert ben.get("contact", later)["_mine"] is True, "and later ones"
    ben.answer("offline", "--now")
    for words in (["--all"], ["00000000-0000-4000-8000-000000000001"]):
        assert "you work offline" in ben.refusal("contacts", "copy", *words)


def test_search_and_the_address_book(connect: Connect) -> None:
    anna, ben = connect("A"), connect("B", "ben")
    key = anna.new("contact", "firstname=Zoë", "lastname=Windmüller", "emailaddress1=zoe@willow.example", track=True)
    anna.new("task", "subject=Ring Zoe Windmuller")
    found = anna.answer("search", "zoe", "windm")
    assert {each["kind"] for each in found} == {"contact", "task"}
    assert key in {each["id"] for each in found}
    assert len(anna.answer("search", "zoe", "--limit", "1")) == 1
    for strange in ('"', "*", "zoe AND", "-x NEAR(", "(", ""):
        assert isinstance(anna.say("search", "--json", "--", strange).document, list)
    assert ben.answer("addressbook", "find", "willow") == []
    assert ben.answer("addressbook", "sync")["changed"] >= 1
    assert ben.answer("addressbook", "sync")["changed"] == 0
    (person,) = ben.answer("addressbook", "find", "windm", "willow.example")
    assert (person["name"], person["address"]) == ("Zoë Windmüller", "zoe@willow.example")
    assert person["record"] == f"contact:{key}"
    assert "There is no contact" in ben.refusal("get", "contact", key), "it is a store of its own"
    ben.answer("offline", "--now")
    assert len(ben.answer("addressbook", "find", "willow")) == 1
    assert "you work offline" in ben.refusal("addressbook", "sync")
