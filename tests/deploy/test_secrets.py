"""test_secrets.py - what deploy/setup makes, and the Secrets that deploy/kubernetes/make-secrets prints"""
import base64
import os
import re
import subprocess

import pytest
import yaml

from lib.processes import BUILD, REPOSITORY

SERVICES = ("gateway", "callsvc", "tokensvc", "robotsvc")
CURVE = {"curve_secret", "curve_clients", "curve_servers"}


@pytest.fixture(name="make")
def secrets_maker(tmp_path):
    """make(): the Secrets, by name, as make-secrets prints them."""
    def make():
        done = subprocess.run(
            [REPOSITORY / "deploy/kubernetes/make-secrets", tmp_path / "secrets"],
            env={**os.environ, "DAPI_SETUP_PROGRAM": str(BUILD / "tokensvc")},
            capture_output=True, text=True, check=True)
        documents = list(yaml.safe_load_all(done.stdout))
        assert all(document["kind"] == "Secret" for document in documents)
        return {document["metadata"]["name"]: document for document in documents}
    return make


def content(secret):
    """Its files."""
    return {name: base64.b64decode(text).decode() for name, text in secret["data"].items()}


def test_each_service_has_what_it_needs_and_nothing_else(make):
    made = make()
    assert set(made) == {*(f"dapi-{name}" for name in SERVICES), "dapi-janus"}
    files = {name: set(secret["data"]) for name, secret in made.items()}
    assert files == {"dapi-gateway": CURVE, "dapi-callsvc": CURVE,
                     "dapi-tokensvc": CURVE | {"app_certificate"},
                     "dapi-robotsvc": CURVE | {"janus_secret"}, "dapi-janus": {"janus_secret"}}
    assert made["dapi-janus"]["metadata"]["namespace"] == "dapi-media"
    assert content(made["dapi-robotsvc"])["janus_secret"] == \
        content(made["dapi-janus"])["janus_secret"]
    assert re.fullmatch(r"[0-9a-f]{32}\n", content(made["dapi-tokensvc"])["app_certificate"])


def test_the_same_folder_gives_the_same_secrets(make):
    assert make() == make()


def test_files_of_the_user_go_before(make, tmp_path):
    own = tmp_path / "secrets/own"
    make()
    for service, name in (("tokensvc", "app_certificate"), ("gateway", "jwt_keys.json")):
        (own / service).mkdir()
        (own / service / name).write_text("mine\n")
    made = make()
    assert content(made["dapi-tokensvc"])["app_certificate"] == "mine\n"
    assert content(made["dapi-gateway"])["jwt_keys.json"] == "mine\n"


def test_a_folder_of_no_service_is_told(make, tmp_path):
    make()
    (tmp_path / "secrets/own/gatway").mkdir()
    (tmp_path / "secrets/own/gatway/jwt_keys.json").write_text("mine\n")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        make()
    assert "gatway" in failed.value.stderr


def test_who_else_is_on_the_machine_reads_none_of_it(make, tmp_path):
    make()
    for path in (tmp_path / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
