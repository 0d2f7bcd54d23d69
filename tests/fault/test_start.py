"""test_start.py - a service that cannot start says which setting is wrong, and not what it holds"""
import pytest

from lib.cluster import CERTIFICATE

BAD_APP_IDS = ["", "970CA35de60c44645bbae8a215061b3", "970CA35de60c44645bbae8a215061b333",
               "970CA35de60c44645bbae8a215061b3g", "not an app id"]
BAD_CERTIFICATES = ["", CERTIFICATE[:-1], CERTIFICATE + "0", "z" * 32, "x" * 100000]


def what_it_says(cluster, name):
    """Of a service that ends by itself."""
    cluster[name].start()
    assert cluster[name].wait(within=5) > 0
    return cluster[name].log()


@pytest.mark.parametrize("app_id", BAD_APP_IDS)
def test_tokensvc_refuses_a_bad_app_id(make_cluster, app_id):
    assert "DAPI_APP_ID" in what_it_says(make_cluster(DAPI_APP_ID=app_id), "tokensvc")


@pytest.mark.parametrize("certificate", BAD_CERTIFICATES, ids=len)
def test_tokensvc_does_not_show_a_bad_certificate(make_cluster, tmp_path, certificate):
    path = tmp_path / "certificate"
    path.write_text(certificate)
    said = what_it_says(make_cluster(DAPI_APP_CERTIFICATE_FILE=str(path)), "tokensvc")
    assert "DAPI_APP_CERTIFICATE_FILE" in said
    assert not certificate or certificate not in said


@pytest.mark.parametrize("path", ["", "/nonexistent"])
def test_tokensvc_refuses_a_certificate_that_is_not_there(make_cluster, path):
    said = what_it_says(make_cluster(DAPI_APP_CERTIFICATE_FILE=path), "tokensvc")
    assert "DAPI_APP_CERTIFICATE_FILE" in said


@pytest.mark.parametrize("name, setting, value", [
    ("gateway", "DAPI_HTTP_LISTEN", "nonsense"), ("gateway", "DAPI_TIMEZONE", "No/Such"),
    ("gateway", "DAPI_CALLSVC", "nonsense"), ("callsvc", "DAPI_LOG_LEVEL", "loud"),
    ("callsvc", "DAPI_DRAIN_MS", "-1"), ("tokensvc", "DAPI_TOKEN_VERSION", "008"),
    ("robotsvc", "DAPI_AUDIO_DIR", "/nonexistent"), ("robotsvc", "DAPI_MEDIA", "tape"),
    ("callsvc", "DAPI_CALLSVC_LISTEN", "tcp://0.0.0.0:7101"),
])
def test_a_bad_setting_is_named(make_cluster, name, setting, value):
    assert setting in what_it_says(make_cluster(**{setting: value}), name)


@pytest.mark.parametrize("name", ["gateway", "callsvc", "tokensvc", "robotsvc"])
def test_secrets_are_not_logged_at_any_level(make_cluster, name):
    cluster = make_cluster(DAPI_LOG_LEVEL="debug").start()
    entry = cluster.client.call("1", "2")
    cluster.client.end("1", entry["channel"])
    said = cluster[name].log()
    assert said and CERTIFICATE not in said and entry["token"] not in said
