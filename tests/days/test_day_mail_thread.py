"""A mail thread tracked: one gesture on the first message, and what follows is in the CRM by itself."""

from __future__ import annotations

from crmdesk.mail.headers import Address
from tests.support.post_office import Correspondent, PostOffice, adds_account
from tests.support.town import Colleague, Town

ME = "anna@contoso.example"


def test_a_mail_thread_tracked(day: Town, mail: PostOffice) -> None:
    ben, herself = day.colleague("ben"), day.colleague("anna")
    willow = herself.make("account", name="Willow Furniture")
    herself.make("account", name="Wilson Steel")
    zoe = Correspondent(mail, Address("Zoe Leger", "zoe@willow.example"))
    anna = day.person("anna")
    adds_account(anna, mail, "anna", ME, "Anna Berg")

    # a message comes, and is tracked
    zoe.writes("anna", ME, "Offer for 20 desks", "Could you send us an offer for 20 desks?")
    anna.press("Shift+F9")
    anna.sees_in("Messages", "Offer for 20 desks")
    anna.choose("Messages", "Offer for 20 desks")
    anna.sees("Zoe Leger")
    anna.click("Track")
    anna.sees("1 item is tracked")
    anna.sees_in("Messages", "Offer for 20 desks, tracked,")
    anna.sees("Tracked, regarding nothing yet", "You tracked it.")
    anna.picture("tracked")
    anna.until(lambda: _emails(ben) == 1, "the message is in the CRM")
    anna.press("G")
    anna.write("willo")
    anna.sees_in("Records", "Willow Furniture")
    anna.press("Return")
    anna.sees("Account · Willow Furniture")
    (email,) = ben.find("email", "subject", "Offer for 20 desks")
    anna.until(lambda: ben.sees(email, "regardingobjectid") == str(willow), "it is about the account")
    anna.picture("regarding the account")

    # the answer is tracked too
    anna.press("Ctrl+R")
    anna.sees("Re: Offer for 20 desks", "Willow Furniture")
    anna.write("Here it is: 20 desks, 8,000.")
    anna.picture("answering")
    anna.press("Ctrl+Return")
    anna.until(lambda: len(zoe.received) == 1, "the answer has reached Zoe")
    anna.until(lambda: _emails(ben) == 2, "the answer is in the CRM")

    # and so is what comes back, by its thread
    zoe.answers("anna", "We take them.")
    anna.press("Shift+F9")
    anna.until(lambda: _emails(ben) == 3, "what came back is in the CRM")
    anna.sees_in("Messages", "3 messages")
    anna.choose("Messages", "Offer for 20 desks")
    anna.sees("We take them", "Account · Willow Furniture", "It answers a tracked message.")
    anna.picture("the thread")

    # the account knows all three
    anna.click("Account · Willow Furniture")
    anna.until(lambda: len(anna.rows("Timeline")) == 3, "sees all three", lambda: anna.rows("Timeline"))
    anna.picture("the timeline of the account")

    # one of them is untracked: the mark goes, and a click brings it back
    anna.press("Ctrl+1")
    anna.press("Shift+T")
    anna.sees("1 item is not tracked any more")
    anna.sees_no_more("Account · Willow Furniture")
    anna.picture("untracked")
    anna.click("Undo")
    anna.sees("Account · Willow Furniture")
    assert _emails(ben) == 3, "what the CRM has stays there"


def _emails(colleague: Colleague) -> int:
    """How many messages of the thread are in the CRM."""
    return sum(len(colleague.find("email", "subject", f"{begin}Offer for 20 desks")) for begin in ("", "Re: "))
