"""The promises of tests/conftest.py."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtWidgets import QApplication

from tests.support.clock import NOON, Clock


def test_a_name_elsewhere_does_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("crm.example.com", 443))


def test_an_address_elsewhere_fails_the_test() -> None:
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        client.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_computer_is_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("127.0.0.1", server.getsockname()[1])).close()
        assert socket.getaddrinfo(host, None)


def test_every_folder_of_the_person_is_the_tests_own(own_home: Path) -> None:
    folders = platformdirs.PlatformDirs("crmdesk")
    places = [folders.user_data_dir, folders.user_config_dir, folders.user_cache_dir, folders.user_state_dir]
    assert all(Path(place).is_relative_to(own_home) for place in places), places
    assert Path.home() == own_home
    assert Path(os.environ["CRMDESK_SECRETS"]).parent == own_home


def test_time_moves_only_when_told(clock: Clock) -> None:
    assert (clock(), clock.monotonic()) == (NOON, 0.0)
    clock.advance(90)
    clock.correct(-3600)
    assert (clock() - NOON, clock.monotonic()) == (timedelta(seconds=90 - 3600), 90.0)


def test_each_worker_draws_on_its_own_screen(qapp: QApplication) -> None:
    screens = os.environ.get("CRMDESK_TEST_DISPLAYS", "").split()
    assert qapp.platformName() == ("xcb" if screens else os.environ["QT_QPA_PLATFORM"])
    assert not screens or os.environ["DISPLAY"] in screens
