"""Handing a message to an SMTP server, so that afterwards it is clear what happened to it.

The steps are taken one by one because they mean different things when they fail: before the final dot nothing has gone
out, after it only the server knows.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NoReturn

from crmdesk.mail.account import SmtpAccount
from crmdesk.mail.errors import MailRefused, MailSignInNeeded, MailUnreachable, SendRefused, SendUnknown
from crmdesk.texts import tr

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class SendResult:
    """The server has the message. `refused`: the recipients it did not take it for, with its words."""

    refused: Mapping[str, str] = field(default_factory=dict)


def send(account: SmtpAccount, raw: bytes, sender: str, recipients: Sequence[str]) -> SendResult:
    """Hand `raw` over for `recipients` (all of them: To, Cc and Bcc).

    MailUnreachable: nothing went out, try again. MailSignInNeeded, MailRefused (certificate): nothing went out.
    SendRefused: the server took it for nobody, and will not. SendUnknown: the connection ended between the end of the
    message and the server's answer; it may have gone out.
    """
    if not recipients:
        raise SendRefused(tr("The message has no recipient."))
    with _connection(account) as server:
        refused = _announce(account, server, sender, recipients)
        _hand_over(account, server, raw)
    return SendResult(refused)


def check(account: SmtpAccount) -> None:
    """Connect and sign in, as send does, and no more. The same errors."""
    with _connection(account):
        pass


@contextmanager
def _connection(account: SmtpAccount) -> Iterator[smtplib.SMTP]:
    try:
        server = _signed_in(account)
    except ssl.SSLCertVerificationError as error:
        raise MailRefused(
            tr(
                "The certificate of the mail server {server} can't be trusted ({why}). No password was sent, and the "
                "message was not.",
                server=account,
                why=error.verify_message,
            )
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        words = _words(error.smtp_code, error.smtp_error)
        if error.smtp_code < 500:
            raise MailUnreachable(
                tr("The mail server {server} can't check passwords at the moment: {why}", server=account, why=words)
            ) from error
        raise MailSignInNeeded(
            tr(
                "The mail server {server} does not accept the password of {user}: {why}",
                server=account,
                user=account.user,
                why=words,
            )
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused(
            tr("The mail server {server} can't do this: {why} The message was not sent.", server=account, why=error)
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        _unreachable(account, error)
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):  # whether it says goodbye changes nothing
            server.quit()
        server.close()


def _signed_in(account: SmtpAccount) -> smtplib.SMTP:
    if account.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            account.host, account.port, timeout=account.timeout, context=account.ssl_context()
        )
    else:
        server = smtplib.SMTP(account.host, account.port, timeout=account.timeout)
    try:
        if account.tls == "starttls":
            server.starttls(context=account.ssl_context())
        server.ehlo_or_helo_if_needed()
        if account.user is not None:
            server.login(account.user, account.password)
    except BaseException:
        server.close()
        raise
    return server


def _announce(account: SmtpAccount, server: smtplib.SMTP, sender: str, recipients: Sequence[str]) -> dict[str, str]:
    """MAIL and RCPT; the recipients that were refused. Raises when none is left."""
    refused: dict[str, str] = {}
    later = False
    try:
        code, answer = server.mail(sender)
        if code != 250:
            _not_taken(account, code, answer)
        for recipient in dict.fromkeys(recipients):
            code, answer = server.rcpt(recipient)
            if code not in (250, 251):
                refused[recipient] = _words(code, answer)
                later = later or code < 500
        if len(refused) < len(set(recipients)):
            return refused
    except (smtplib.SMTPException, OSError) as error:
        _unreachable(account, error)
    listed = "; ".join(f"{recipient}: {words}" for recipient, words in refused.items())
    if later:  # some are only put off, so it is worth trying again as a whole
        raise MailUnreachable(
            tr(
                "The mail server {server} takes the message later. It was not sent. {answers}",
                server=account,
                answers=listed,
            )
        )
    raise SendRefused(
        tr(
            "The mail server {server} refuses every recipient. The message was not sent. {answers}",
            server=account,
            answers=listed,
        ),
        refused,
    )


def _hand_over(account: SmtpAccount, server: smtplib.SMTP, raw: bytes) -> None:
    try:
        code, answer = server.docmd("DATA")
        if code != 354:
            _not_taken(account, code, answer)
        server.send(_wire_form(raw))
    except (smtplib.SMTPException, OSError) as error:
        _unreachable(account, error)  # without its final dot a message is none
    try:
        server.send(b".\r\n")
        code, answer = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        _unknown(account, error)
    if 400 <= code <= 599:
        _not_taken(account, code, answer)
    if not 200 <= code <= 299:
        _unknown(account, None)


def _wire_form(raw: bytes) -> bytes:
    """With CRLF at each line's end and dots doubled at each line's beginning (RFC 5321, 4.5.2)."""
    lines = _LEADING_DOT.sub(b"..", _LINE_END.sub(b"\r\n", raw))
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _not_taken(account: SmtpAccount, code: int, answer: bytes) -> NoReturn:
    words = _words(code, answer)
    if code >= 500:
        raise SendRefused(
            tr("The mail server {server} refuses the message: {why} It was not sent.", server=account, why=words)
        )
    raise MailUnreachable(
        tr(
            "The mail server {server} can't take the message at the moment: {why} It was not sent.",
            server=account,
            why=words,
        )
    )


def _unknown(account: SmtpAccount, error: Exception | None) -> NoReturn:
    raise SendUnknown(
        tr(
            "The connection to the mail server {server} ended before it confirmed the message. Nobody can know whether "
            "it was sent: ask the recipient, or look into the folder of sent mail, before sending it again.",
            server=account,
        )
    ) from error


def _unreachable(account: SmtpAccount, error: Exception) -> NoReturn:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    raise MailUnreachable(
        tr("The mail server {server} can't be reached: {why}. Nothing was sent.", server=account, why=reason)
    ) from error


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"
