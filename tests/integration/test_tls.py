"""TLS on the gateway's own listener: which versions, which certificate, and when it changes."""
import http.client
import os
import ssl
import subprocess

import pytest

from lib.cluster import free_port
from lib.waiting import eventually

NOTICE_SECONDS = 5


def make_pair(folder, name):
    """Self-signed: (certificate, key), named by what stands in it."""
    pair = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-out", pair[0], "-keyout", pair[1]], check=True, capture_output=True)
    return pair


@pytest.fixture(name="files")
def files_of_settings(tmp_path):
    """The two files that the settings name, as a pair of one's own."""
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for made, file in zip(make_pair(tmp_path, "first"), files):
        made.rename(file)
    return files


@pytest.fixture(name="address")
def gateway_over_tls(make_cluster, files):
    """Where it listens."""
    port = free_port()
    cluster = make_cluster(DAPI_HTTP_LISTEN=f"127.0.0.1:{port}",
                           DAPI_TLS_CERTIFICATE_FILE=str(files[0]),
                           DAPI_TLS_KEY_FILE=str(files[1]))
    cluster.start()
    return "127.0.0.1", port


def any_certificate(version=None):
    """A client that takes every certificate, and no version but this one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client itself refuses old versions
        context.minimum_version = context.maximum_version = version
    return context


def ask(address, context):
    """(status, TLS version) of a request."""
    connection = http.client.HTTPSConnection(*address, timeout=5, context=context)
    try:
        connection.request("GET", "/")
        version = connection.sock.version()
        return connection.getresponse().status, version
    finally:
        connection.close()


def served_name(address):
    """The name in the certificate that is served."""
    text = ssl.get_server_certificate(address)
    shown = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=text, text=True,
                           capture_output=True, check=True)
    return shown.stdout.strip().rsplit(" ", 1)[1]


@pytest.mark.parametrize("version, name", [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                                           (ssl.TLSVersion.TLSv1_3, "TLSv1.3")])
def test_current_versions_are_spoken(address, version, name):
    """Both that are not deprecated."""
    assert ask(address, any_certificate(version)) == (200, name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_deprecated_versions_are_refused(address, version):
    """RFC 8996."""
    with pytest.raises(ssl.SSLError):
        ask(address, any_certificate(version))


def test_plain_http_gets_no_answer(address):
    """Nothing is said to whoever forgets the s."""
    connection = http.client.HTTPConnection(*address, timeout=5)
    connection.request("GET", "/")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        connection.getresponse()


def test_a_new_certificate_is_served_without_a_restart(address, files, tmp_path):
    """While only one of the files is new, the old pair goes on."""
    assert served_name(address) == "first"
    certificate, key = make_pair(tmp_path, "second")
    os.replace(certificate, files[0])
    assert ask(address, any_certificate())[0] == 200
    os.replace(key, files[1])
    eventually(lambda: served_name(address) == "second", within=NOTICE_SECONDS)


@pytest.mark.parametrize("break_it", [
    lambda files: files[1].unlink(),
    lambda files: files[0].write_text("no certificate"),
    lambda files: files[1].write_bytes(make_pair(files[0].parent, "other")[1].read_bytes()),
])
def test_a_pair_that_cannot_be_used_keeps_the_gateway_from_starting(make_cluster, files, break_it):
    """And its log says which settings to look at."""
    break_it(files)
    cluster = make_cluster(DAPI_TLS_CERTIFICATE_FILE=str(files[0]),
                           DAPI_TLS_KEY_FILE=str(files[1]))
    gateway = cluster["gateway"].start()
    assert gateway.wait() == 1
    assert "DAPI_TLS_CERTIFICATE_FILE" in gateway.log()
    assert "PRIVATE KEY" not in gateway.log()
