"""A real Dovecot on a port of its own: one password, a mailbox for whatever user signs in."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificate import Certificate, self_signed

PASSWORD = "correct-horse"
_MAIL_USER = "mail"  # Dovecot opens no mailbox as root


def program() -> str | None:
    """The Dovecot that is installed; None when there is none."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Dovecot:
    """A running server. `port` speaks plain and STARTTLS, `tls_port` TLS; every user exists and has PASSWORD."""

    host = "localhost"

    def __init__(self, folder: Path, port: int, tls_port: int, certificate: Certificate) -> None:
        self.folder = folder
        self.port = port
        self.tls_port = tls_port
        self.certificate = certificate

    def number_anew(self, user: str) -> None:
        """Give the user's INBOX another UIDVALIDITY, as a restored or rebuilt mailbox gets one."""
        for index in (self.folder / "mail" / user).glob("dovecot*"):
            index.unlink()
        (self.folder / "mail" / user / "dovecot-uidlist").write_text("3 V999999 N1\n", encoding="ascii")
        self._own(self.folder / "mail")

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{_MAIL_USER}:", str(path)], check=True)


@contextmanager
def running_dovecot(dovecot: str) -> Iterator[Dovecot]:
    """A Dovecot that is stopped and removed at the end. Its folder has a short path: sockets allow no long one."""
    folder = Path(tempfile.mkdtemp(prefix="dv"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    port, tls_port = _free_ports()
    server = Dovecot(folder, port, tls_port, self_signed(folder))
    server._own(folder / "mail")
    configuration = folder / "dovecot.conf"
    configuration.write_text(_configuration(server), encoding="utf-8")
    process = subprocess.Popen(
        [dovecot, "-F", "-c", str(configuration)], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:  # it says so when its ports are open
            lines.append(line)
            if "starting up" in line:
                break
        else:
            raise RuntimeError("Dovecot did not start: " + "".join(lines))
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _configuration(server: Dovecot) -> str:
    folder = server.folder
    root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid()).pw_name
    mail = pwd.getpwnam(_MAIL_USER) if root else pwd.getpwuid(os.geteuid())
    users = "" if root else f"default_internal_user = {me}\ndefault_login_user = {me}\n"
    return f"""
{users}base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
info_log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{server.certificate.certificate}
ssl_key = <{server.certificate.key}
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {mail.pw_uid}
mail_gid = {mail.pw_gid}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 50
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={mail.pw_uid} gid={mail.pw_gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox "Gone with the wind" {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Entwürfe {{
    auto = create
  }}
}}
"""
