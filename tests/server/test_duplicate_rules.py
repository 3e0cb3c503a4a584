"""The rules for possible duplicates are records: made, published and withdrawn by the Web API; and what they find."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx
import pytest

DETECT = {"MSCRM.SuppressDuplicateDetection": "false"}
PUBLISHED, UNPUBLISHED = {"statecode": 1, "statuscode": 2}, {"statecode": 0, "statuscode": 0}
EXACT, FIRST_CHARACTERS = 0, 1


def create(client: httpx.Client, path: str, **values: Any) -> str:
    answer = client.post(path, json=values)
    assert answer.status_code == 204, answer.text
    return answer.headers["OData-EntityId"].split("(")[1].rstrip(")")


def rule(client: httpx.Client, field: str, operator: int = EXACT, characters: int | None = None, **more: Any) -> str:
    """One of accounts, not published yet."""
    names = {"baseentityname": "account", "matchingentityname": "account"}
    key = create(client, "duplicaterules", name=f"Accounts with the same {field}", **names, **more)
    condition = {
        "baseattributename": field,
        "matchingattributename": field,
        "operatorcode": operator,
        "operatorparam": characters,
        "regardingobjectid@odata.bind": f"/duplicaterules({key})",
    }
    create(client, "duplicateruleconditions", **condition)
    return key


def found(client: httpx.Client, number: str, info: str = "{}") -> httpx.Response:
    """What an account with that number, not saved yet, looks like."""
    return client.get(
        "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)",
        params={
            "@p1": f'{{"@odata.type":"Microsoft.Dynamics.CRM.account","accountnumber":"{number}"}}',
            "@p2": "'account'",
            "@p3": info,
        },
    )


def keys(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["accountid"] for row in answer.json()["value"]]


class Rule(NamedTuple):
    words: str
    there: dict[str, Any]
    new: str
    is_alike: bool
    operator: int = EXACT
    characters: int | None = None
    more: tuple[str, ...] = ()


INACTIVE = {"accountnumber": "Acme", "statecode": 1, "statuscode": 2}
RULES = [
    Rule("the same", {"accountnumber": "Acme"}, "acme", True),
    Rule("another", {"accountnumber": "Acme"}, "Acme Ltd", False),
    Rule("the first letters", {"accountnumber": "Acme Ltd"}, "acme Inc", True, FIRST_CHARACTERS, 4),
    Rule("too few of them", {"accountnumber": "Acme Ltd"}, "acne", False, FIRST_CHARACTERS, 4),
    Rule("other letters", {"accountnumber": "Acme"}, "ACME", False, more=("iscasesensitive",)),
    Rule("an inactive one", INACTIVE, "Acme", True),
    Rule("an inactive one, left out", INACTIVE, "Acme", False, more=("excludeinactiverecords",)),
]


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.words)
def test_a_published_rule_holds_until_it_is_withdrawn(admin: httpx.Client, anna: httpx.Client, case: Rule) -> None:
    there = create(anna, "accounts", name="There", accountnumber=case.there["accountnumber"])
    assert anna.patch(f"accounts({there})", json=case.there).status_code == 204
    key = rule(admin, "accountnumber", case.operator, case.characters, **dict.fromkeys(case.more, True))
    assert keys(found(anna, case.new)) == [], "it is not in force yet"
    assert admin.patch(f"duplicaterules({key})", json=PUBLISHED).status_code == 204
    assert keys(found(anna, case.new)) == ([there] if case.is_alike else [])
    assert admin.patch(f"duplicaterules({key})", json=UNPUBLISHED).status_code == 204
    assert keys(found(anna, case.new)) == []


def test_a_write_is_judged_by_the_rules_of_that_moment(admin: httpx.Client, anna: httpx.Client) -> None:
    create(anna, "accounts", name="There", accountnumber="1")
    new = {"name": "New", "accountnumber": "1"}
    key = rule(admin, "accountnumber")
    admin.patch(f"duplicaterules({key})", json=PUBLISHED)
    answer = anna.post("accounts", json=new, headers=DETECT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "0x80040333")
    assert admin.delete(f"duplicaterules({key})").status_code == 204
    assert anna.post("accounts", json=new, headers=DETECT).status_code == 204


def test_what_looks_alike_comes_in_pages(admin: httpx.Client, anna: httpx.Client) -> None:
    made = {create(anna, "accounts", name=f"Account {number}", accountnumber="1") for number in range(7)}
    admin.patch(f"duplicaterules({rule(admin, 'accountnumber')})", json=PUBLISHED)
    pages = [keys(found(anna, "1", f'{{"PageNumber":{number},"Count":3}}')) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert {key for page in pages for key in page} == made
    assert keys(found(anna, "2", '{"PageNumber":1,"Count":3}')) == []


@pytest.mark.parametrize("info", ['{"PageNumber":0,"Count":3}', '{"PageNumber":1,"Count":0}', '{"Count":"many"}'])
def test_pages_that_there_are_none_of(anna: httpx.Client, info: str) -> None:
    answer = found(anna, "1", info)
    assert (answer.status_code, "from 1 on" in answer.text) == (400, True)
