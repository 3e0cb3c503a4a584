"""What the command line says in plain words of problems, of going offline and of runs that were killed."""

from __future__ import annotations

from crmdesk.store import runs
from tests.cli.conftest import Connect
from tests.support.builders import Office


def test_a_killed_run_tells_what_it_had_sent(office: Office) -> None:
    ann = office.desk("ann")
    ann.make("contact", lastname="Smith")
    run = ann.sync().run
    with ann.session.store.transaction() as tx:  # as if it had died before its report
        tx.connection.exec_driver_sql("UPDATE run SET ended = NULL, outcome = NULL, report = NULL WHERE id = ?", (run,))
    with ann.session.store.read() as reader:
        killed = runs.run(reader, run)
    assert killed is not None
    assert (killed.outcome, killed.report["delivered"], killed.report["overwritten"]) == (None, 1, [])


def test_offline_now_says_what_waits(connect: Connect) -> None:
    desk = connect("A")
    assert desk.say("offline", "--now").out == "Offline; nothing was synchronised.\n"
    desk.new("contact", "lastname=Later", track=True)
    assert "1 change waits here until you are online again." in desk.say("offline", "--now").out


def test_a_problem_names_its_record_and_both_values(connect: Connect) -> None:
    ann, laptop = connect("A"), connect("B")
    smith = ann.new("contact", "lastname=Smith", "jobtitle=Clerk", track=True)
    laptop.answer("option", "set", "conflict", "ask")
    laptop.answer("sync")
    laptop.answer("offline", "--now")
    laptop.answer("set", "contact", smith, "jobtitle=Buyer")
    ann.answer("set", "contact", smith, "jobtitle=Chief")
    laptop.answer("online")
    said = laptop.say("problems").out
    assert f"contact {smith} Smith: " in said
    assert "jobtitle: agreed 'Clerk', mine 'Buyer', theirs 'Chief'" in said
