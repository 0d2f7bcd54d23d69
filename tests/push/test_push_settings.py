"""test_push_settings.py - what is wrong in the settings is said by name, before anything is served"""
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lib.cluster import Cluster
from push.conftest import dump
from push.lib.certificates import new_ec_key, new_rsa_key, pem_of
from push.lib.hooks import new_secret

SECRET = new_secret("one")
HOOK = {"name": "crm", "url": "https://example.com/hook", "secrets": [SECRET]}


@pytest.fixture(name="refusal_of")
def start_that_is_refused():
    """refusal_of(settings): what callsvc says and that it does not start."""
    def start(settings):
        with Cluster(**settings) as cluster:
            cluster["callsvc"].start()
            assert cluster["callsvc"].wait() == 1
            return cluster["callsvc"].log()
    return start


@pytest.fixture(name="apple_files")
def good_settings_for_apple(tmp_path):
    """Settings with which it would start."""
    key = tmp_path / "AuthKey.p8"
    key.write_text(pem_of(new_ec_key()))
    return {"DAPI_APNS_KEY_FILE": str(key), "DAPI_APNS_KEY_ID": "ABC123DEFG",
            "DAPI_APNS_TEAM_ID": "DEF123GHIJ"}


@pytest.mark.parametrize("change, said", [
    ({"DAPI_APNS_KEY_FILE": "/nowhere.p8"}, "DAPI_APNS_KEY_FILE: cannot read"),
    ({"DAPI_APNS_KEY_FILE": ""}, "DAPI_APNS_KEY_FILE is missing"),
    ({"DAPI_APNS_KEY_ID": ""}, "DAPI_APNS_KEY_ID"),
    ({"DAPI_APNS_KEY_ID": "A\"B"}, "DAPI_APNS_KEY_ID"),
    ({"DAPI_APNS_TEAM_ID": ""}, "DAPI_APNS_TEAM_ID"),
    ({"DAPI_APNS_URL": "api.push.apple.com"}, "DAPI_APNS_URL"),
    ({"DAPI_APNS_URL": "https://one ftp://two"}, "DAPI_APNS_URL"),
    ({"DAPI_APNS_EXPIRATION": "soon"}, "DAPI_APNS_EXPIRATION"),
    ({"DAPI_PUSH_CA_FILE": "/nowhere.pem"}, "DAPI_PUSH_CA_FILE: cannot read"),
])
def test_apples_settings(refusal_of, apple_files, change, said):
    assert said in refusal_of({**apple_files, **change})


@pytest.mark.parametrize("content, said", [
    (lambda: "no key", "does not parse as a private key"),
    (lambda: pem_of(new_ec_key())[:-60], "does not parse as a private key"),
    (lambda: pem_of(new_rsa_key()), "not of Apple's kind"),
    (lambda: pem_of(new_ec_key(ec.SECP384R1)), "not of Apple's kind")])
def test_apples_key(refusal_of, apple_files, tmp_path, content, said):
    path = tmp_path / "bad.p8"
    path.write_text(content())
    log = refusal_of({**apple_files, "DAPI_APNS_KEY_FILE": str(path)})
    assert "DAPI_APNS_KEY_FILE" in log and str(path) in log and said in log


def test_a_ca_file_that_is_none(refusal_of, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    assert "DAPI_PUSH_CA_FILE" in refusal_of({"DAPI_PUSH_CA_FILE": str(path)})


@pytest.mark.parametrize("member, value", [
    ("project_id", None), ("client_email", ""), ("private_key_id", 7), ("token_uri", None),
    ("private_key", None), ("private_key", "no key"), ("private_key", pem_of(new_ec_key())),
    ("private_key", pem_of(new_rsa_key(1024)))])
def test_googles_credentials(refusal_of, tmp_path, member, value):
    account = {"project_id": "p", "client_email": "a@b", "private_key_id": "1",
               "token_uri": "https://example.com/token", "private_key": pem_of(new_rsa_key())}
    account[member] = value
    path = dump(tmp_path / "account.json", account)
    log = refusal_of({"DAPI_FCM_CREDENTIALS_FILE": path})
    assert "DAPI_FCM_CREDENTIALS_FILE" in log and path in log and member in log


def test_googles_credentials_that_are_no_json(refusal_of, tmp_path):
    path = tmp_path / "account.json"
    path.write_text("[]")
    log = refusal_of({"DAPI_FCM_CREDENTIALS_FILE": str(path)})
    assert "is not a JSON object" in log


@pytest.mark.parametrize("change, said", [
    ({"name": "a b"}, "endpoints[0].name"),
    ({"url": "http://example.com/"}, "allow_http"),
    ({"url": "ftp://example.com/"}, "endpoints[0].url"),
    ({"url": "https://example.com/\r\nx: y"}, "endpoints[0].url"),
    ({"secrets": []}, "endpoints[0].secrets"),
    ({"secrets": [SECRET] * 3}, "endpoints[0].secrets"),
    ({"secrets": ["short"]}, "whsec_"),
    ({"secrets": ["whsec_c2hvcnQ="]}, "24 to 64 bytes"),
    ({"secrets": ["whsec_" + "A" * 2000]}, "24 to 64 bytes"),
    ({"events": ["call.nothing"]}, "endpoints[0].events"),
    ({"events": []}, "endpoints[0].events"),
    ({"in_flight": 0}, "endpoints[0].in_flight"),
    ({"in_flight": "many"}, "endpoints[0].in_flight"),
    ({"allow_private": "yes"}, "endpoints[0].allow_private"),
    ({"secret": SECRET}, "a member that there is not: secret")])
def test_webhooks(refusal_of, tmp_path, change, said):
    path = dump(tmp_path / "hooks.json", {"endpoints": [{**HOOK, **change}]})
    log = refusal_of({"DAPI_WEBHOOKS_FILE": path})
    assert "DAPI_WEBHOOKS_FILE" in log and path in log and said in log
    assert SECRET not in log, "no secret is ever logged"


@pytest.mark.parametrize("content, said", [
    ("{", "no JSON: line 1"), ("[]", '\\"endpoints\\" must be a list'),
    (json.dumps({"endpoints": [HOOK, HOOK]}), "another endpoint's"),
    (json.dumps({"endpoints": ["x"]}), "must be an object")])
def test_webhooks_files(refusal_of, tmp_path, content, said):
    path = tmp_path / "hooks.json"
    path.write_text(content)
    assert said in refusal_of({"DAPI_WEBHOOKS_FILE": str(path)})
