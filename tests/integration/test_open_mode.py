"""test_open_mode.py - without authentication programs of this machine may ask, web pages not"""
import pytest

from lib.client import assert_refused
from lib.cluster import free_port
from lib.live import Listener, upgrade_headers

FOREIGN_ORIGINS = ["https://evil.example", "http://127.0.0.1.evil.example", "null",
                   "http://127.0.0.1:1", "file://", "https://localhost.evil.example"]
FOREIGN_HOSTS = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "192.0.2.1",
                 "localhost.evil.example"]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_origin_is_refused(dapi, new_uid, origin):
    dst = new_uid()
    answer = dapi.post("/dapi/call/user", json={"src_uid": new_uid(), "dst_uid": dst},
                       headers={"Origin": origin})
    assert_refused(answer, 403, "foreign_origin")
    assert dapi.messages(dst) == []


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused(dapi, new_uid, host):
    answer = dapi.post("/dapi/call/user", json={"src_uid": new_uid()}, headers={"Host": host})
    assert_refused(answer, 403, "foreign_origin")


def test_a_form_that_a_web_page_posts_is_refused(dapi, new_uid):
    answer = dapi.post("/dapi/call/user", form={"src_uid": new_uid()},
                       headers={"Origin": "https://evil.example"})
    assert_refused(answer, 403, "foreign_origin")


@pytest.mark.parametrize("foreign", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_every_path_and_method_is_refused_to_foreigners(dapi, foreign):
    """Those that only look as well, and pages: a rebound name would read them."""
    for path, operations in dapi.get("/openapi.json").json["paths"].items():
        for method in operations:
            answer = dapi.request(method.upper(), path.replace("{channel}", "ch_0123456789"),
                                  query={"uid": "1", "src_uid": "1"}, headers=foreign)
            assert_refused(answer, 403, "foreign_origin")


@pytest.mark.parametrize("foreign", [{"Origin": "https://evil.example"}, {"Origin": "null"},
                                     {"Host": "evil.example"}])
def test_a_websocket_is_refused_to_foreigners(dapi, new_uid, foreign):
    """Browsers let every page open one: the Origin alone tells whose it is."""
    answer = dapi.get("/dapi/call/events", query={"uid": new_uid()},
                      headers={**upgrade_headers(), **foreign})
    assert_refused(answer, 403, "foreign_origin")
    with Listener(dapi.address, new_uid(), headers={"Origin": dapi.url}):
        pass


def test_without_a_host_nobody_is_served(dapi):
    """HTTP/1.0 needs none: it could be any name."""
    answer = dapi.send(b"POST /dapi/call/msg?uid=1 HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
    assert b" 403 " in answer.split(b"\r\n")[0]


def test_the_gateways_own_page_may_ask(dapi, new_uid):
    answer = dapi.post("/dapi/call/user", json={"src_uid": new_uid()},
                       headers={"Origin": dapi.url})
    assert answer.status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_names_are_no_foreign_hosts(dapi, new_uid, host):
    port = dapi.address.rpartition(":")[2]
    answer = dapi.post("/dapi/call/user", json={"src_uid": new_uid()},
                       headers={"Host": f"{host}:{port}"})
    assert answer.status == 200, answer


def test_an_origin_of_the_settings_may_ask(make_cluster, new_uid):
    cluster = make_cluster(DAPI_ORIGINS="https://app.example")
    cluster.start("callsvc", "tokensvc", "gateway")
    for origin, status in (("https://app.example", 200), ("https://other.example", 403)):
        answer = cluster.client.post("/dapi/call/user", json={"src_uid": new_uid()},
                                     headers={"Origin": origin})
        assert answer.status == status


def test_a_page_of_an_allowed_origin_may_read_the_answers(make_cluster, new_uid):
    """As browsers ask before and look afterwards (CORS); others may not."""
    cluster = make_cluster(DAPI_ORIGINS="https://app.example")
    client = cluster.start("callsvc", "tokensvc", "gateway").client
    page = {"Origin": "https://app.example"}
    asked = client.request("OPTIONS", "/dapi/call/user", headers={
        **page, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key"})
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    assert {"authorization", "content-type", "idempotency-key"} == \
        set(asked.headers["Access-Control-Allow-Headers"].split(", "))
    answer = client.post("/dapi/call/user", json={"src_uid": new_uid()}, headers=page)
    for read in (asked, answer, client.post("/dapi/call/user", headers=page)):
        assert read.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert read.headers["Vary"] == "Origin"
    assert answer.status == 200


def test_without_a_page_that_asks_options_is_no_method_of_verbs(dapi):
    """A preflight says what it is for; pages and documents have none."""
    page = {"Origin": dapi.url}
    for path, headers in (("/dapi/call/user", {}), ("/dapi/call/user", page),
                          ("/openapi.json", {**page, "Access-Control-Request-Method": "GET"})):
        answer = dapi.request("OPTIONS", path, headers=headers)
        assert_refused(answer, 405, "method_not_allowed")


def refusal_to_listen(make_cluster, address):
    """What a gateway says that does not start."""
    cluster = make_cluster(DAPI_HTTP_LISTEN=address)
    cluster["gateway"].start()
    assert cluster["gateway"].wait(within=5) > 0
    return cluster["gateway"].log()


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1"])
def test_other_addresses_need_to_be_allowed(make_cluster, host):
    said = refusal_to_listen(make_cluster, f"{host}:{free_port()}")
    assert "DAPI_ALLOW_OPEN" in said


def test_allowed_it_serves_every_host_name_but_no_foreign_page_and_says_that_it_is_open(make_cluster, new_uid):
    cluster = make_cluster(DAPI_HTTP_LISTEN=f"0.0.0.0:{free_port()}", DAPI_ALLOW_OPEN="1")
    cluster.start("callsvc", "tokensvc", "gateway")
    answer = cluster.client.post("/dapi/call/user", json={"src_uid": new_uid()},
                                 headers={"Host": "dapi.example"})
    assert answer.status == 200
    assert "level=warning" in cluster["gateway"].log()
    own = {"Host": "dapi.example", "Origin": "https://dapi.example"}
    assert cluster.client.post("/dapi/call/user", json={"src_uid": new_uid()},
                               headers=own).status == 200
    foreign = {"Host": "dapi.example", "Origin": "https://evil.example"}
    assert_refused(cluster.client.post("/dapi/call/user", json={"src_uid": new_uid()},
                                       headers=foreign), 403, "foreign_origin")
