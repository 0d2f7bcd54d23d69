"""conftest.py - what tests of push share: push services of the test's own, and a cluster that uses them"""
import json
import secrets

import pytest

from lib.cluster import Cluster
from push.lib import apns
from push.lib.certificates import Authority, new_ec_key, new_rsa_key, pem_of

APP = "com.example.phone"


@pytest.fixture(scope="session", name="authority")
def certificate_authority(tmp_path_factory):
    """Signs the certificates of all servers here."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session", name="apple_key")
def apple_signing_key():
    """What Apple's .p8 file holds."""
    return new_ec_key()


@pytest.fixture(scope="session", name="google_key")
def google_signing_key():
    """What a service account's JSON file holds."""
    return new_rsa_key()


@pytest.fixture(name="apple")
def apple_production(authority, apple_key):
    """Apple's production environment."""
    with apns.Apns(authority, apple_key.public_key()) as server:
        yield server
        assert server.problems == []


@pytest.fixture(name="sandbox")
def apple_sandbox(authority, apple_key):
    """Apple's sandbox."""
    with apns.Apns(authority, apple_key.public_key(), "sandbox") as server:
        yield server
        assert server.problems == []


@pytest.fixture(name="apple_settings")
def settings_for_apple(authority, apple_key, apple, tmp_path):
    """Of a callsvc that pushes to `apple`, in place of both environments."""
    key = tmp_path / "AuthKey.p8"
    key.write_text(pem_of(apple_key))
    return {"DAPI_APNS_KEY_FILE": str(key), "DAPI_APNS_KEY_ID": apns.KEY_ID,
            "DAPI_APNS_TEAM_ID": apns.TEAM_ID, "DAPI_APNS_URL": apple.url,
            "DAPI_PUSH_CA_FILE": str(authority.file)}


class Phone:
    """A device of a uid, registered."""

    def __init__(self, client, uid, **fields):
        self.uid = uid
        self.token = fields.pop("token", None) or secrets.token_hex(32)
        self.fields = {"uid": uid, "platform": "apns", "token": self.token, "app": APP, **fields}
        self._client = client
        self.register()

    def register(self, **changes):
        """Again, perhaps with other fields."""
        self.fields.update(changes)
        return self._client.post("/dapi/device/register", json=self.fields).data

    @property
    def is_registered(self):
        """Found out by unregistering it."""
        fields = {"uid": self.uid, "token": self.token}
        return self._client.post("/dapi/device/unregister", json=fields).status == 200


@pytest.fixture(name="phone_of")
def phone_factory():
    """phone_of(client, uid, …): a phone that is registered."""
    return Phone


@pytest.fixture(name="start_with")
def cluster_with_settings(make_cluster):
    """start_with(settings): a cluster without media that runs."""
    return lambda settings: make_cluster(**settings).start("callsvc", "tokensvc", "gateway")


def metric(cluster, name, labels=""):
    """The value of callsvc's metric; 0 if it is not there."""
    return cluster.metric("callsvc", name, labels)


@pytest.fixture(scope="session", name="cluster")
def shared_cluster():
    """Without push: for what needs none."""
    with Cluster() as cluster:
        yield cluster.start()


def dump(path, value):
    """JSON in a file; its path."""
    path.write_text(json.dumps(value))
    return str(path)
