"""The SFTP server, as a real client meets it."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import asyncssh
import pytest

from drawbar.sandbox.leaseworks.login import (
    KEYS_VARIABLE,
    PASSWORD_FILE,
    PASSWORD_VARIABLE,
    USER_VARIABLE,
    SftpLogin,
    open_login,
)
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer, leaseworks_beside, serve_leaseworks

ACCOUNTS = "outbound/LW-20260302-001/accounts.csv"


@asynccontextmanager
async def _client(server: LeaseWorksServer, **other: object) -> AsyncIterator[asyncssh.SFTPClient]:
    options = {"username": server.login.user, "password": server.login.password, "client_keys": None, **other}
    async with (
        asyncssh.connect(
            server.host, server.port, known_hosts=str(server.known_hosts), config=None, agent_path=None, **options
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        yield sftp


def _with_server(
    root: Path, login: SftpLogin, use: Callable[[LeaseWorksServer], Awaitable[None]], keys: Path | None = None
) -> None:
    async def run() -> None:
        async with serve_leaseworks(root, keys or root.parent / "keys", login) as server:
            await use(server)

    asyncio.run(run())


def _with_client(root: Path, login: SftpLogin, use: Callable[[asyncssh.SFTPClient], Awaitable[None]]) -> None:
    async def run(server: LeaseWorksServer) -> None:
        async with _client(server) as sftp:
            await use(sftp)

    _with_server(root, login, run)


def test_a_client_lists_reads_and_archives_a_delivery(root: Path, login: SftpLogin) -> None:
    async def use(sftp: asyncssh.SFTPClient) -> None:
        names = sorted(str(name) for name in await sftp.listdir("outbound"))
        assert names[2:] == ["LW-20260302-001", "LW-20260303-001"]
        async with sftp.open(ACCOUNTS, "rb") as file:
            content: object = await file.read()
        assert content == (root / ACCOUNTS).read_bytes()
        await sftp.rename("outbound/LW-20260302-001", "archive/LW-20260302-001")

    _with_client(root, login, use)
    assert [path.name for path in (root / "archive").iterdir()] == ["LW-20260302-001"]


def test_a_client_that_knows_another_host_key_does_not_come_in(root: Path, login: SftpLogin, tmp_path: Path) -> None:
    async def use(server: LeaseWorksServer) -> None:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()
        wrong = tmp_path / "known_hosts"
        wrong.write_text(f"[{server.host}]:{server.port} {other[0]} {other[1]}\n")
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            async with asyncssh.connect(server.host, server.port, known_hosts=str(wrong), config=None):
                pass

    _with_server(root, login, use)


def test_the_host_key_is_made_once_and_only_its_owner_may_read_it(root: Path, login: SftpLogin, tmp_path: Path) -> None:
    keys, seen = tmp_path / "keys", []

    async def use(server: LeaseWorksServer) -> None:
        seen.append(server.known_hosts.read_text().split()[1:])

    _with_server(root, login, use, keys)
    _with_server(root, login, use, keys)
    assert seen[0] == seen[1]
    private = keys / "ssh_host_ed25519_key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert (keys / "ssh_host_ed25519_key.pub").read_text().split()[:2] == seen[0]


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"password": ""}, {"username": "root"}])
def test_a_wrong_user_or_password_is_refused(root: Path, login: SftpLogin, wrong: dict[str, str]) -> None:
    async def use(server: LeaseWorksServer) -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            async with _client(server, **wrong):
                pass

    _with_server(root, login, use)


def test_an_authorized_key_opens_and_another_does_not(root: Path) -> None:
    mine, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    login = SftpLogin("drawbar", "unknown to the client", (mine.export_public_key().decode(),))

    async def use(server: LeaseWorksServer) -> None:
        async with _client(server, password=None, client_keys=[mine]) as sftp:
            assert await sftp.exists(ACCOUNTS)
        for wrong in ({"client_keys": [other]}, {"client_keys": [mine], "username": "root"}):
            with pytest.raises(asyncssh.PermissionDenied):
                async with _client(server, password=None, **wrong):
                    pass

    _with_server(root, login, use)


@pytest.mark.parametrize("path", ["../secret", "/../../secret", "outbound/../../secret", "outbound/way-out/secret"])
def test_nothing_outside_of_the_folder_can_be_reached(root: Path, login: SftpLogin, path: str) -> None:
    (root.parent / "secret").write_text("not for clients")
    (root / "outbound" / "way-out").symlink_to(root.parent)

    async def use(sftp: asyncssh.SFTPClient) -> None:
        with pytest.raises((asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied)):
            async with sftp.open(path, "rb"):
                pass
        assert not (await sftp.realpath("../..")).strip("/")

    _with_client(root, login, use)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda sftp: sftp.remove(ACCOUNTS),
        lambda sftp: sftp.open(ACCOUNTS, "wb"),
        lambda sftp: sftp.open("outbound/new", "xb"),
        lambda sftp: sftp.mkdir("outbound/new"),
        lambda sftp: sftp.rmdir("outbound"),
        lambda sftp: sftp.chmod(ACCOUNTS, 0o777),
        lambda sftp: sftp.symlink("/etc", "inbound/link"),
        lambda sftp: sftp.link(ACCOUNTS, "inbound/link"),
        lambda sftp: sftp.rename("outbound/LW-20260302-001", "outbound/LW-20260302-009"),
        lambda sftp: sftp.rename("outbound/LW-20260302-001", "inbound/LW-20260302-001"),
        lambda sftp: sftp.posix_rename("inbound", "archive/inbound"),
    ],
)
def test_a_client_may_change_nothing_but_archive_and_inbound(
    root: Path, login: SftpLogin, attempt: Callable[[asyncssh.SFTPClient], Awaitable[object]]
) -> None:
    async def use(sftp: asyncssh.SFTPClient) -> None:
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await attempt(sftp)

    before = sorted(root.rglob("*"))
    _with_client(root, login, use)
    assert sorted(root.rglob("*")) == before


def test_a_client_may_write_to_inbound(root: Path, login: SftpLogin) -> None:
    async def use(sftp: asyncssh.SFTPClient) -> None:
        async with sftp.open("inbound/notes.csv.tmp", "wb") as file:
            await file.write(b"NOTE_NO\r\n")
        await sftp.rename("inbound/notes.csv.tmp", "inbound/notes.csv")

    _with_client(root, login, use)
    assert (root / "inbound" / "notes.csv").read_bytes() == b"NOTE_NO\r\n"


def test_an_archived_delivery_is_not_overwritten(root: Path, login: SftpLogin) -> None:
    (root / "archive" / "LW-20260302-001").mkdir()

    async def use(sftp: asyncssh.SFTPClient) -> None:
        for rename in (sftp.rename, sftp.posix_rename):
            with pytest.raises(asyncssh.SFTPError):
                await rename("outbound/LW-20260302-001", "archive/LW-20260302-001")

    _with_client(root, login, use)
    assert (root / ACCOUNTS).exists()


def test_the_connection_is_cut_once_in_the_middle_of_a_transfer(root: Path, login: SftpLogin) -> None:
    size = (root / ACCOUNTS).stat().st_size

    async def use(server: LeaseWorksServer) -> None:
        server.faults.cut_after(size // 2)
        with pytest.raises((asyncssh.SFTPConnectionLost, asyncssh.ConnectionLost)):
            async with _client(server) as sftp, sftp.open(ACCOUNTS, "rb", block_size=512, max_requests=1) as file:
                await file.read()
        async with _client(server) as sftp, sftp.open(ACCOUNTS, "rb") as file:
            assert len(await file.read()) == size

    _with_server(root, login, use)


def test_a_slow_transfer_takes_its_time(root: Path, login: SftpLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("drawbar.sandbox.leaseworks.sftp.asyncio", SimpleNamespace(sleep=sleep))
    size = (root / ACCOUNTS).stat().st_size

    async def use(server: LeaseWorksServer) -> None:
        server.faults.slow_to(size // 10)
        async with _client(server) as sftp, sftp.open(ACCOUNTS, "rb") as file:
            await file.read()

    _with_server(root, login, use)
    assert 10 <= sum(waited) < 11


def test_a_path_can_be_denied_and_allowed_again(root: Path, login: SftpLogin) -> None:
    async def use(server: LeaseWorksServer) -> None:
        server.faults.deny("outbound/LW-20260302-001")
        async with _client(server) as sftp:
            for path in (ACCOUNTS, f"/{ACCOUNTS}", f"//{ACCOUNTS}"):
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await sftp.stat(path)
            assert await sftp.exists("outbound/LW-20260303-001")
            server.faults.clear()
            assert await sftp.exists(ACCOUNTS)

    _with_server(root, login, use)


def test_the_server_runs_beside_code_without_an_event_loop(root: Path, login: SftpLogin, tmp_path: Path) -> None:
    async def look(server: LeaseWorksServer) -> bool:
        async with _client(server) as sftp:
            return await sftp.exists(ACCOUNTS)

    with leaseworks_beside(root, tmp_path / "keys", login) as server:
        assert asyncio.run(look(server))


def test_the_server_ends_although_a_client_is_still_there(root: Path, login: SftpLogin, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_leaseworks(root, tmp_path / "keys", login) as server:
            connection = await asyncssh.connect(
                server.host,
                server.port,
                username=login.user,
                password=login.password,
                known_hosts=str(server.known_hosts),
                config=None,
            )
        await asyncio.wait_for(connection.wait_closed(), 10)

    asyncio.run(run())


def test_the_login_comes_from_the_environment(tmp_path: Path) -> None:
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "authorized_keys").write_text(f"# clients\n\n{public}")
    login = open_login(
        tmp_path / "keys",
        {USER_VARIABLE: "lender", PASSWORD_VARIABLE: "s3cret", KEYS_VARIABLE: str(tmp_path / "authorized_keys")},
    )
    assert login == SftpLogin("lender", "s3cret", (public.strip(),))
    assert not (tmp_path / "keys").exists()


def test_a_password_is_made_up_once_kept_for_its_owner_and_never_shown(tmp_path: Path) -> None:
    login = open_login(tmp_path, {})
    kept = tmp_path / PASSWORD_FILE
    assert login == open_login(tmp_path, {})
    assert kept.read_text().strip() == login.password
    assert len(login.password) >= 24
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert login.password not in repr(login)
