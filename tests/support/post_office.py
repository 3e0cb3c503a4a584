"""The mail of a day: a real IMAP server, a real SMTP server, and people elsewhere who write and answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from crmdesk.mail.account import ImapAccount
from crmdesk.mail.compose import Draft, compose, reply_to
from crmdesk.mail.headers import Address
from crmdesk.mail.imap import ImapConnection
from crmdesk.mail.message import parse
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.person import Person
from tests.support.smtp import Post, running_post


@dataclass(frozen=True)
class PostOffice:
    """Keeps a mailbox for whatever user signs in with PASSWORD; takes mail for everybody."""

    dovecot: Dovecot
    post: Post

    @property
    def imap(self) -> str:
        return f"{self.dovecot.host}:{self.dovecot.port}"

    @property
    def smtp(self) -> str:
        return f"127.0.0.1:{self.post.port}"

    def deliver(self, user: str, message: bytes) -> None:
        """Put a message into the user's inbox."""
        with ImapConnection(ImapAccount(self.dovecot.host, self.dovecot.port, user, PASSWORD, "none")) as connection:
            connection.append("INBOX", message, [])


@dataclass(frozen=True)
class Correspondent:
    """Somebody elsewhere, with a mail program of their own."""

    office: PostOffice
    me: Address

    @property
    def received(self) -> list[bytes]:
        """The messages that were sent to them, oldest first."""
        taken = [each for each in self.office.post.taken if self.me.address in each.rcpt_tos]
        return [each.content for each in taken if isinstance(each.content, bytes)]

    def writes(self, user: str, address: str, subject: str, text: str) -> None:
        """A message to the mailbox of that user, whose address that is."""
        self._send(user, Draft(self.me, (Address("", address),), subject=subject, text=text))

    def answers(self, user: str, text: str) -> None:
        """The answer to the newest message that they received."""
        self._send(user, replace(reply_to(parse(self.received[-1]), self.me), text=text))

    def _send(self, user: str, draft: Draft) -> None:
        self.office.deliver(user, compose(draft))


def adds_account(person: Person, office: PostOffice, user: str, address: str, name: str) -> None:
    """They set up their mail by hand."""
    person.command("Add a mail account")
    person.fill("E-mail address", address)
    person.fill("Your name", name)
    person.fill("IMAP server", office.imap)
    person.fill("User", user)
    person.fill("Password", PASSWORD)
    person.fill("SMTP server", office.smtp)
    person.click("Without encryption, for servers on this computer")
    person.picture("a mail account")
    person.click("Add")
    person.sees("sends through")
    person.picture("the account is there")
    person.press("Esc")


@contextmanager
def post_office(dovecot: str) -> Iterator[PostOffice]:
    """`dovecot`: the installed program."""
    with running_dovecot(dovecot) as imap, running_post(signs_in=True, in_the_clear=True) as post:
        yield PostOffice(imap, post)
