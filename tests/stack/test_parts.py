"""The small parts: the Procfile, settings, ports, secrets, and the front-end files."""

import socket
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from stack.accounts import Account, can_reach
from stack.errors import StackFailed
from stack.passwords import kept_secret
from stack.ports import LOOPBACK, next_free_port
from stack.procfile import procfile
from stack.settings import Addresses, local_environment
from stack.vendor import copy_vendor_files, icon_sprite, listed_icons
from tests.stack.waiting import PROJECT

ICON = '<svg width="24"\n class="icon"><path stroke="none" d="M0 0h24v24H0z" fill="none"/>\n<path d="{}" /></svg>'
ADDRESSES = Addresses("postgresql://db", "redis://queue", 8123, 9123)


@pytest.fixture
def icons(tmp_path: Path) -> Path:
    for folder, drawing in (("outline", "M1 1"), ("filled", "M2 2")):
        path = tmp_path / "icons" / folder / "mail.svg"
        path.parent.mkdir(parents=True)
        path.write_text(ICON.format(drawing))
    return tmp_path / "icons"


def test_our_procfile_names_the_five_processes() -> None:
    assert list(procfile(PROJECT / "Procfile")) == ["web", "worker", "urgent", "schedule", "release"]


def test_a_line_that_is_no_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# processes\nweb: serve --port $PORT\n\nworker\n")

    with pytest.raises(StackFailed, match="line 4"):
        procfile(path)


def test_local_settings_lead_nowhere_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")
    monkeypatch.setenv("SETTLE_SECONDS", "5")

    environment = local_environment(ADDRESSES, tmp_path)

    assert "AWS_PROFILE" not in environment
    assert environment["AWS_ENDPOINT_URL_SESV2"] == environment["TWILIO_API_URL"] == "http://127.0.0.1:9123"
    assert environment["TWILIO_AUTH_TOKEN"] != "real"
    assert environment["SETTLE_SECONDS"] == "5"


def test_local_secrets_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    first, second = (local_environment(ADDRESSES, tmp_path) for _ in range(2))

    assert len(first["SECRET_KEY"]) >= 32
    assert first["TWILIO_ACCOUNT_SID"].startswith("AC")
    assert first == second


def test_a_secret_cut_short_while_it_was_written_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_text("half")

    secret = kept_secret(tmp_path / "key")

    assert len(secret) > 40
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "key.new").exists()


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        assert next_free_port(port) > port


@pytest.mark.parametrize(("mode", "is_reached"), [(0o755, True), (0o711, True), (0o700, False), (0o744, False)])
def test_a_stranger_passes_only_open_folders(tmp_path: Path, mode: int, *, is_reached: bool) -> None:
    stranger = Account(uid=54_321, gid=54_321)
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    are_parents_open = can_reach(stranger, folder)

    assert can_reach(stranger, folder / "file") == (is_reached and are_parents_open)
    assert can_reach(None, folder / "file")


def test_the_sprite_draws_outlines_and_filled_icons(icons: Path) -> None:
    outline, filled = parseString(icon_sprite(icons, ["mail", "mail-filled"])).getElementsByTagName("symbol")  # noqa: S318 - our own text

    assert (outline.getAttribute("id"), outline.getAttribute("stroke")) == ("mail", "currentColor")
    assert [path.getAttribute("d") for path in outline.getElementsByTagName("path")] == ["M1 1"]
    assert (filled.getAttribute("id"), filled.getAttribute("fill")) == ("mail-filled", "currentColor")
    assert [path.getAttribute("d") for path in filled.getElementsByTagName("path")] == ["M2 2"]


def test_an_icon_that_does_not_exist_is_named(icons: Path) -> None:
    with pytest.raises(StackFailed, match="no-such-icon"):
        icon_sprite(icons, ["no-such-icon"])


def test_vendor_files_get_stable_names_and_lose_their_source_maps(tmp_path: Path, icons: Path) -> None:
    modules = tmp_path / "node_modules"
    for name in ("@tabler/core/dist/css/tabler.min.css", "@tabler/core/dist/js/tabler.min.js", "htmx.org/dist/htmx.min.js"):
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).write_text("code\n//# sourceMappingURL=code.map")
    plotly = modules / "plotly.js-basic-dist-min/plotly-basic.min.js"
    plotly.parent.mkdir()
    plotly.write_text("charts")
    squire = modules / "squire-rte/dist/squire.js"
    squire.parent.mkdir(parents=True)
    squire.write_text("editor")
    (modules / "@tabler/icons").mkdir(parents=True)
    icons.rename(modules / "@tabler/icons/icons")

    copy_vendor_files(modules, tmp_path / "vendor", ["mail"])

    names = {path.name: path.read_text() for path in (tmp_path / "vendor").iterdir()}
    assert set(names) == {"tabler.min.css", "tabler.min.js", "htmx.min.js", "plotly-basic.min.js", "squire.min.js", "icons.svg"}
    assert names["htmx.min.js"] == "code"


def test_the_icon_list_is_sorted_and_without_repeats() -> None:
    path = PROJECT / "app/static/icons.txt"
    names = [line for line in path.read_text().splitlines() if not line.startswith("#")]

    assert names == listed_icons(path)
