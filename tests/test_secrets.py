"""Secrets in a real Secret Service and in a file."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from crmdesk import secrets as secrets_module
from crmdesk.secrets import FileSecrets, KeyringSecrets, SecretsError, open_secrets

SERVER, USER = "https://crm.example", "ann"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "not made yet" / "secrets.json"


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_the_environment_says_where(tmp_path: Path, file: Path) -> None:
    assert isinstance(open_secrets(tmp_path, {}), KeyringSecrets)
    assert isinstance(open_secrets(tmp_path, {"CRMDESK_SECRETS": ""}), KeyringSecrets)
    named = open_secrets(tmp_path, {"CRMDESK_SECRETS": str(file)})
    assert isinstance(named, FileSecrets)
    assert named.path == file
    assert (KeyringSecrets.is_safe, FileSecrets.is_safe) == (True, False)


def test_a_file_keeps_secrets_by_profile_server_and_user(tmp_path: Path, file: Path) -> None:
    environment = {"CRMDESK_SECRETS": str(file)}
    work, home = (open_secrets(tmp_path / name, environment) for name in ("work", "home"))
    assert work.get(SERVER, USER) is None
    assert not file.exists(), "looking writes nothing"
    work.set(SERVER, USER, "pässword")
    work.set(SERVER, "ben", "ben's")
    work.set("https://other.example", USER, "other")
    assert [work.get(SERVER, USER), work.get(SERVER, "ben"), work.get("https://other.example", USER)] == [
        "pässword",
        "ben's",
        "other",
    ]
    assert home.get(SERVER, USER) is None
    assert open_secrets(tmp_path / "work", environment).get(SERVER, USER) == "pässword"
    work.set(SERVER, USER, "new")
    work.delete(SERVER, "ben")
    work.delete(SERVER, "ben")
    work.delete("https://nowhere.example", USER)
    assert [work.get(SERVER, USER), work.get(SERVER, "ben")] == ["new", None]


def test_a_file_is_its_owners_alone(file: Path) -> None:
    secrets = FileSecrets(file, "p")
    secrets.set(SERVER, USER, "secret")
    assert mode(file) == 0o600
    assert sorted(each.name for each in file.parent.iterdir()) == ["secrets.json", "secrets.json.lock"]
    file.chmod(0o644)
    assert secrets.get(SERVER, USER) == "secret"
    assert mode(file) == 0o600


def test_what_a_process_left_that_died_while_writing_does_no_harm(file: Path) -> None:
    secrets = FileSecrets(file, "p")
    secrets.set(SERVER, USER, "secret")
    half = file.with_name("secrets.json.new")
    half.write_bytes(b'{"p":{"https')
    half.chmod(0o644)
    assert secrets.get(SERVER, USER) == "secret"
    secrets.set(SERVER, USER, "new")
    assert (secrets.get(SERVER, USER), mode(file)) == ("new", 0o600)


@pytest.mark.parametrize("content", [b"", b"not JSON", b"[]", b'{"a": 1}', b'{"a": {"b": "c"}}', b"\xff"])
def test_a_file_of_something_else_is_left_alone(content: bytes, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    secrets = FileSecrets(file, "p")
    with pytest.raises(SecretsError, match="something else"):
        secrets.get(SERVER, USER)
    with pytest.raises(SecretsError, match="left as it is"):
        secrets.set(SERVER, USER, "secret")
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretsError, match="Not a directory"):
        FileSecrets(tmp_path / "file" / "secrets", "p").get(SERVER, USER)
    with pytest.raises(SecretsError, match="cannot be written"):
        FileSecrets(tmp_path / "file" / "secrets", "p").set(SERVER, USER, "secret")
    with pytest.raises(SecretsError, match="Is a directory"):
        FileSecrets(tmp_path, "p").get(SERVER, USER)


def test_another_program_that_holds_the_file_for_too_long_is_a_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets_module, "_PATIENCE", 0.05)
    file.parent.mkdir()
    with FileLock(f"{file}.lock", is_singleton=False), pytest.raises(SecretsError, match="another program holds it"):
        FileSecrets(file, "p").set(SERVER, USER, "secret")
    assert not file.exists()


WRITER = """
import sys
from pathlib import Path
from crmdesk.secrets import FileSecrets
secrets = FileSecrets(Path(sys.argv[1]), "p")
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    secrets.set(f"{sys.argv[2]} {number}", "ann", "secret")
"""


def test_two_processes_that_write_at_once_both_are_heard(file: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("first", "second")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    secrets = FileSecrets(file, "p")
    found = [secrets.get(f"{name} {number}", "ann") for name in ("first", "second") for number in range(25)]
    assert found == ["secret"] * 50


STORE = """
import json
from pathlib import Path
import secretstorage
from crmdesk.secrets import SecretsError, open_secrets

work, home = open_secrets(Path("work")), open_secrets(Path("home"))
told = [work.is_safe, work.get("s", "ann")]
work.set("s", "ann", "pässword")
work.set("s", "ben", "ben's")
told += [work.get("s", "ann"), work.get("s", "ben"), home.get("s", "ann"), work.get("other", "ann")]
work.set("s", "ann", "new")
work.delete("s", "ben")
work.delete("s", "ben")
told += [work.get("s", "ann"), work.get("s", "ben")]
secretstorage.get_default_collection(secretstorage.dbus_init()).lock()
for use in (lambda: work.get("s", "ann"), lambda: work.set("s", "ann", "x"), lambda: work.delete("s", "ann")):
    try:
        use()
    except SecretsError as error:
        told.append(str(error))
print(json.dumps(told))
"""
UNLOCKED = """
printf '\\n' | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec "$@"
"""
"""The daemon goes to the background when it is ready, and ends with its bus."""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs a Secret Service (packages gnome-keyring, dbus-daemon)",
)
def test_a_real_secret_service_keeps_them_and_a_locked_one_is_a_sentence(tmp_path: Path) -> None:
    inside = ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh"]
    done = _told([*inside, sys.executable, "-c", STORE], tmp_path)
    locked = "The secret store of this computer is locked, so the password cannot be {}. Unlock it and try again."
    assert json.loads(done) == [
        *(True, None),
        *("pässword", "ben's", None, None),
        *("new", None),
        *(locked.format(word) for word in ("read", "kept", "deleted")),
    ]


NO_STORE = """
from pathlib import Path
from crmdesk.secrets import NoSecretStore, open_secrets

secrets = open_secrets(Path("work"))
for use in (lambda: secrets.get("s", "ann"), lambda: secrets.set("s", "ann", "x"), lambda: secrets.delete("s", "ann")):
    try:
        use()
    except NoSecretStore as error:
        print(error)
"""


def test_a_computer_without_a_secret_store_is_told_what_to_do(tmp_path: Path) -> None:
    told = _told([sys.executable, "-c", NO_STORE], tmp_path).splitlines()
    assert len(told) == 3
    assert all("CRMDESK_SECRETS" in each and "less safe" in each for each in told)


def _told(command: list[str], folder: Path) -> str:
    """What a program prints that has the system's store, if any, and no file."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CRMDESK_SECRETS", "DISPLAY")}
    environment["PYTHONPATH"] = str(Path(secrets_module.__file__).parent.parent)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
