"""The least that bringing contacts down can cost: httpx, orjson, executemany into one table without indexes.

A program of its own, so that it is measured as the product is. `python -m tests.bench.sync.bound URL TOKEN FILE PAGE`
prints {"rows": …, "seconds": …}.
"""

from __future__ import annotations

import sqlite3
import sys
import time

import httpx
import orjson

_ANNOTATIONS = "Microsoft.Dynamics.CRM.lookuplogicalname,OData.Community.Display.V1.FormattedValue"  # as the product
_COLUMNS = (
    "contactid",
    "fullname",
    "firstname",
    "lastname",
    "jobtitle",
    "emailaddress1",
    "telephone1",
    "mobilephone",
    "department",
    "birthdate",
    "description",
    "address1_line1",
    "address1_postalcode",
    "address1_city",
    "address1_country",
    "statecode",
    "_ownerid_value",
    "createdon",
    "modifiedon",
    "@odata.etag",
)


def pull(url: str, token: str, file: str, page: int) -> int:
    """All contacts, page after page; gives how many there were."""
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE contact ({', '.join(f'c{number}' for number in range(len(_COLUMNS)))})")
    statement = f"INSERT INTO contact VALUES ({', '.join('?' * len(_COLUMNS))})"
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept-Encoding": "gzip",
        "Prefer": f'odata.maxpagesize={page},odata.track-changes,odata.include-annotations="{_ANNOTATIONS}"',
    }
    link: str | None = f"{url}/api/data/v9.2/contacts"
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
        while link is not None:
            answer = orjson.loads(client.get(link).raise_for_status().content)
            database.executemany(statement, [tuple(row.get(name) for name in _COLUMNS) for row in answer["value"]])
            link = answer.get("@odata.nextLink")
    database.commit()
    (count,) = database.execute("SELECT count(*) FROM contact").fetchone()
    database.close()
    return int(count)


if __name__ == "__main__":
    began = time.perf_counter()
    rows = pull(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    print(orjson.dumps({"rows": rows, "seconds": time.perf_counter() - began}).decode())
