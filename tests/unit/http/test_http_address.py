"""Where a source may go, and where nobody may."""

import httpcore
import httpx
import pytest

from rightful.errors import BlockedAddress, ConfigurationError
from rightful.http.address import AddressGuard, why_refused
from rightful.http.transport import CheckedBackend, CheckedTransport, Deadline, proxy_for

PUBLIC = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
LOCAL = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert why_refused(address) is None


@pytest.mark.parametrize("address", LOCAL + NEVER)
def test_no_local_address_may_be_reached(address: str) -> None:
    assert why_refused(address)


@pytest.mark.parametrize("address", LOCAL)
def test_a_source_on_the_own_network_may_reach_private_addresses(address: str) -> None:
    assert why_refused(address, allow_private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_link_local_and_metadata_never(address: str) -> None:
    assert why_refused(address, allow_private=True)


def test_what_is_no_address_is_refused() -> None:
    assert why_refused("localhost", allow_private=True)
    assert why_refused("", allow_private=True)


def guard(
    base: str = "https://example.org/api", *hosts: str, private: bool = False, found: list[str] | None = None
) -> AddressGuard:
    return AddressGuard(
        "example",
        base,
        hosts,
        allow_private=private,
        resolver=lambda host, port: found if found is not None else ["8.8.8.8"],
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://EXAMPLE.org/x?y",
        "https://example.org./",
        "https://example.org:443/",
        "https://bücher.example/",
    ],
)
def test_allowed_hosts(url: str) -> None:
    assert guard("https://example.org", "xn--bcher-kva.example").check(url, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org.evil.com/",
        "https://evil.com/example.org",
        "https://sub.example.org/",
        "https://xample.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://example.org/",
        "https://user@example.org/",
        "https://example.org@evil.com/",
        "https://user:pass@example.org/",
        "https://example.org\\@evil.com/",
        "https:///path",
        "//example.org/x",
        "",
        "example.org",
        "https://example.org:0/",
        "https://example.org:8443/",
        "https://example.org:22/",
        "http://example.org/",
        "http://example.org:443/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://①②⑦.0.0.1/",
    ],
)
def test_other_urls_are_blocked_with_source_address_and_remedy(url: str) -> None:
    with pytest.raises(BlockedAddress) as caught:
        guard().check(url, url)
    assert caught.value.source == "example"
    assert caught.value.remedy
    assert url in str(caught.value)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001", "1.2.3.4.5", "0x"]
)
@pytest.mark.parametrize("private", [False, True])
def test_addresses_in_disguise_are_blocked_even_when_listed(host: str, private: bool) -> None:
    with pytest.raises((BlockedAddress, ConfigurationError), match=r"disguise|is no host"):
        guard("https://example.org", host, private=private).check(f"http://{host}/", host)
    with pytest.raises(BlockedAddress):
        guard().addresses(host, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
def test_listed_literals_are_judged_too(address: str) -> None:
    with pytest.raises(BlockedAddress, match=r"public|metadata"):
        guard("https://example.org", address.strip("[]")).check(f"http://{address}/", address)


def test_local_names_need_allow_private() -> None:
    for host in ("localhost", "db.internal", "printer.local"):
        with pytest.raises(BlockedAddress, match="local network"):
            guard(f"http://{host}/").check(f"http://{host}/", host)
        assert guard(f"http://{host}/", private=True).check(f"http://{host}/", host)


def test_an_entry_of_allow_hosts_must_be_a_host() -> None:
    entries = ("https://example.org", "example.org/x", "example.org:", "example.org:0", "example.org:99999", ":80")
    for entry in (*entries, "example.org:80:80", "[::1", "::1]:80", "me@example.org", "a b", ""):
        with pytest.raises(ConfigurationError, match="allow_hosts"):
            guard("https://example.org", entry)


@pytest.mark.parametrize(
    ("base", "hosts", "allowed", "refused"),
    [
        (
            "http://127.0.0.1:9000/x",
            (),
            ["http://127.0.0.1:9000/"],
            ["http://127.0.0.1:8333/", "http://127.0.0.1:22/", "http://127.0.0.1/", "https://127.0.0.1/"],
        ),
        (
            "http://example.org",
            (),
            ["http://example.org/", "https://example.org/", "http://example.org:80/"],
            ["http://example.org:8080/", "https://example.org:8443/"],
        ),
        (
            "http://127.0.0.1:9000",
            ("8.8.8.8",),
            ["http://8.8.8.8/", "https://8.8.8.8/", "http://8.8.8.8:9000/"],
            ["http://8.8.8.8:22/", "http://127.0.0.1:80/"],
        ),
        (
            "http://127.0.0.1:9000",
            ("127.0.0.1:9001", "[::1]:80", "::1"),
            ["http://127.0.0.1:9000/", "http://127.0.0.1:9001/", "http://[::1]/", "http://[::1]:9000/"],
            ["http://127.0.0.1/", "http://[::1]:81/"],
        ),
        (
            "http://example.org",
            ("other.example:8080",),
            ["http://other.example:8080/"],
            ["http://other.example/", "https://other.example/"],
        ),
    ],
)
def test_the_port_is_pinned_too(base: str, hosts: tuple[str, ...], allowed: list[str], refused: list[str]) -> None:
    judge = guard(base, *hosts, private=True)
    for url in allowed:
        assert judge.check(url, url)
    for url in refused:
        with pytest.raises(BlockedAddress, match=r"port \d+ of .* is not allowed") as caught:
            judge.check(url, url)
        assert "allow_hosts" in str(caught.value.remedy)


def test_https_is_never_left_for_plain_http() -> None:
    for host in ("example.org", "other.example"):
        with pytest.raises(BlockedAddress, match="steps down") as caught:
            guard("https://example.org", "other.example").check(f"http://{host}/", host)
        assert "https" in str(caught.value.remedy)
    plain = guard("http://example.org")
    assert plain.check("http://example.org/", "x")
    with pytest.raises(BlockedAddress, match="steps down"):
        plain.check("http://example.org/", "x", secure=True)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["fe80::1%2"], ["::ffff:169.254.169.254"]])
def test_a_name_that_points_inwards_is_blocked(found: list[str]) -> None:
    with pytest.raises(BlockedAddress, match="resolves to"):
        guard(found=found).addresses("example.org", 443)


class Network(httpcore.NetworkBackend):
    """Keeps where connections went, and refuses them all."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, int]] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # type: ignore[no-untyped-def]
        self.reached.append((host, port))
        raise httpcore.ConnectError("refused")


def test_the_connection_goes_to_the_checked_address_and_the_name_is_resolved_once() -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]])  # a name that changes its meaning
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    network = Network()
    backend = CheckedBackend(AddressGuard("example", "https://example.org", resolver=resolver), Deadline(), network)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("example.org", 443)
    assert network.reached == [("93.184.215.14", 443)]
    assert asked == ["example.org"]
    with pytest.raises(BlockedAddress):
        backend.connect_tcp("example.org", 443)
    assert len(network.reached) == 1


def test_every_address_of_a_name_is_tried() -> None:
    network = Network()
    backend = CheckedBackend(guard(found=["8.8.8.8", "8.8.4.4"]), Deadline(), network)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("example.org", 80)
    assert network.reached == [("8.8.8.8", 80), ("8.8.4.4", 80)]


def test_a_name_without_address_is_a_connection_error_not_a_crash() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    backend = CheckedBackend(AddressGuard("example", "https://example.org", resolver=resolver), Deadline(), Network())
    with pytest.raises(httpcore.ConnectError, match="resolved"):
        backend.connect_tcp("example.org", 443)
    with pytest.raises(httpcore.ConnectError, match="resolved"):
        CheckedBackend(guard(found=[]), Deadline(), Network()).connect_tcp("example.org", 443)


def test_the_transport_asks_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    transport = CheckedTransport(guard(found=["192.168.0.1"]), Deadline())
    with pytest.raises(BlockedAddress, match=r"192\.168\.0\.1"):
        transport.handle_request(httpx.Request("GET", "http://example.org/"))


def test_a_deadline_cuts_every_wait() -> None:
    now = [0.0]
    deadline = Deadline(lambda: now[0])
    assert deadline.cut(None) is None
    deadline.start(10)
    assert deadline.cut(60) == 10
    assert deadline.cut(None) == 10
    now[0] = 8.0
    assert deadline.cut(1) == 1
    now[0] = 10.0
    with pytest.raises(httpcore.ReadTimeout):
        deadline.cut(1)


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "direct.example")
    url = httpx.URL
    assert proxy_for(url("https://example.org/"), allow_private=False) == "http://proxy.example:3128"
    assert proxy_for(url("http://example.org/"), allow_private=False) is None
    assert proxy_for(url("https://direct.example/"), allow_private=False) is None
    assert proxy_for(url("https://127.0.0.1/"), allow_private=True) is None


def test_hosts_below_a_name_are_allowed_and_no_others() -> None:
    guard = AddressGuard("example", "https://example.org", ["*.Archive.example"])
    assert guard.check("https://ia1.us.archive.example/x", "x").host == "ia1.us.archive.example"
    for url in ("https://archive.example/", "https://notarchive.example/", "https://ia1.archive.example:8080/"):
        with pytest.raises(BlockedAddress):
            guard.check(url, url)
    for wide in ("*.org", "*.*.example.org", "*.192.168.0.1"):
        with pytest.raises(ConfigurationError):
            AddressGuard("example", "https://example.org", [wide])


def test_any_host_is_any_public_host_on_the_usual_ports() -> None:
    guard = AddressGuard("example", "https://example.org:8443", any_host=True, resolver=lambda host, port: ["10.0.0.1"])
    for url in ("http://anywhere.example/feed", "https://93.184.216.34/x", "https://example.org:8443/list"):
        assert str(guard.check(url, url)) == url
    for url in (
        "http://example.org:8443/list",  # the source's own address has https
        "http://anywhere.example:22/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "http://localhost/",
        "ftp://anywhere.example/",
        "http://user:word@anywhere.example/",
    ):
        with pytest.raises(BlockedAddress):
            guard.check(url, url)
    with pytest.raises(BlockedAddress, match="steps down"):
        guard.check("http://anywhere.example/", "x", secure=True)
    with pytest.raises(BlockedAddress, match="resolves to"):
        guard.addresses("anywhere.example", 80)
