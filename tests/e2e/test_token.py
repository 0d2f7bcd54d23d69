"""The demo phone at a gateway that wants tokens: one in its address signs in."""
import time

import pytest

from e2e.lib.material import tls_settings
from e2e.lib.phone import Phone
from lib.cluster import Cluster, free_port
from lib.keys import Key, write_keys
from lib.waiting import eventually


@pytest.fixture(scope="module", name="key")
def signing_key():
    """Whose tokens are good."""
    return Key("ES256")


@pytest.fixture(scope="module", name="token_port")
def gateway_that_wants_tokens(needs, key, tmp_path_factory):
    """Where it listens."""
    folder, port = tmp_path_factory.mktemp("token"), free_port()
    write_keys(folder / "keys.json", key)
    with Cluster(janus=True, DAPI_HTTP_LISTEN=f"0.0.0.0:{port}", DAPI_AUTH="jwt",
                 DAPI_JWT_KEYS_FILE=str(folder / "keys.json"), DAPI_JWT_LEEWAY_SECONDS="0",
                 **tls_settings(folder)) as cluster:
        cluster.start()
        yield port


@pytest.fixture(name="pair")
def two_phones_with_tokens(browsers, token_port, key, new_uid):
    """Two people's, each with a token of its own."""
    made = []
    for browser in browsers:
        uid = new_uid()
        made.append(Phone(browser, uid, token_port, jwt=key.token(uid)))
    yield made
    for phone in made:
        phone.driver.get("about:blank")


def test_two_people_with_tokens_talk(pair):
    """Called, answered, heard of and hung up, each as himself."""
    anna, bruno = pair
    assert anna.text("#own-uid") == anna.uid
    anna.talk_to(bruno)
    for phone in pair:
        phone.await_screen("talking")
        phone.await_sound()
    anna.hang_up()
    bruno.await_screen("outcome")
    assert anna.problem is None and bruno.problem is None


def test_without_a_token_the_phone_says_what_it_needs(browsers, token_port, new_uid):
    """And does not stay signed in."""
    driver = browsers[0].driver
    driver.get(f"https://{browsers[0].network.server}:{token_port}/#{new_uid()}")
    eventually(lambda: driver.execute_script("return document.body.dataset.shown") == "signedOut",
               within=10)
    problem = "return document.getElementById('problem').dataset.kind"
    eventually(lambda: driver.execute_script(problem) == "auth_missing", within=10)
    driver.get("about:blank")


def test_when_its_token_ends_the_phone_says_so(browsers, token_port, key, new_uid):
    """The server closes its WebSocket and answers nothing more."""
    uid = new_uid()
    phone = Phone(browsers[0], uid, token_port, jwt=key.token(uid, exp=int(time.time()) + 8))
    phone.await_screen("signedOut", within=30)
    phone.await_problem("auth_expired")
    phone.driver.get("about:blank")
