"""test_observability.py - what dashboard and alerts ask a Prometheus, asked of one that watches a cluster"""
import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

from lib.cluster import SERVICES, Cluster, free_port
from lib.listener import Listener
from lib.processes import BUILD, REPOSITORY, Process
from lib.waiting import eventually
from push.conftest import Phone, dump
from push.lib import apns
from push.lib.certificates import Authority, new_ec_key, pem_of
from push.lib.hooks import Receiver, new_secret

FOLDER = REPOSITORY / "deploy/observability"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = [panel for panel in json.loads((FOLDER / "grafana/dapi.json").read_text())["panels"]
          if panel["type"] != "row"]
COMPARISON = re.compile(r"(.*) (?:<|>) [\d.]+", re.S)
pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="needs prometheus")


def test_promtool_accepts_what_is_there():
    for kind, name in (("rules", "alerts.yaml"), ("config", "prometheus.yaml")):
        subprocess.run(["promtool", "check", kind, FOLDER / name], check=True, capture_output=True)


def test_every_alert_has_a_runbook():
    headings = {line.lstrip("# ").lower()
                for line in (REPOSITORY / "docs/operations.md").read_text().splitlines()
                if line.startswith("### ")}
    for rule in RULES:
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md" and anchor == rule["alert"].lower()
        assert anchor in headings, f"docs/operations.md does not say what to do: {rule['alert']}"
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"]


@pytest.fixture(name="watched", scope="module")
def cluster_that_does_everything(tmp_path_factory):
    """Calls, a robot that is heard, pushes and webhooks."""
    folder = tmp_path_factory.mktemp("watched")
    authority, key = Authority(folder), new_ec_key()
    (folder / "AuthKey.p8").write_text(pem_of(key))
    with apns.Apns(authority, key.public_key()) as apple, Receiver(authority) as hooks:
        webhooks = dump(folder / "webhooks.json", {"endpoints": [{
            "name": "crm", "url": hooks.url, "secrets": [new_secret("s")], "allow_private": True}]})
        with Cluster(janus=True, DAPI_APNS_KEY_FILE=str(folder / "AuthKey.p8"),
                     DAPI_APNS_KEY_ID=apns.KEY_ID, DAPI_APNS_TEAM_ID=apns.TEAM_ID,
                     DAPI_APNS_URL=apple.url, DAPI_PUSH_CA_FILE=str(authority.file),
                     DAPI_WEBHOOKS_FILE=webhooks, variables=keys_of_the_bus(folder)) as cluster:
            yield cluster.start()


def keys_of_the_bus(folder):
    """Each service's settings with keys of its own."""
    subprocess.run([BUILD / "tokensvc", "--make-curve-keys", folder / "keys"], check=True)
    return {name: {f"DAPI_CURVE_{what}_FILE": str(folder / "keys" / name / f"curve_{what.lower()}")
                   for what in ("SECRET", "CLIENTS", "SERVERS")} for name in SERVICES}


class Exporter(http.server.BaseHTTPRequestHandler):
    """GET /SERVICE gives that service's metrics, whose listener is a Unix socket here."""

    def do_GET(self):
        status, text = self.server.cluster.admin(self.path[1:], "/metrics")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format, *args):
        """Nothing."""


@pytest.fixture(name="exporter", scope="module")
def metrics_over_tcp(watched):
    """The port of an Exporter."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter) as server:
        server.cluster = watched
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


class Prometheus:
    """Debian's, with the project's rules."""

    def __init__(self, folder, exporter):
        self.port = free_port()
        config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
        assert [job["job_name"] for job in config["scrape_configs"]] == [
            "gateway", "callsvc", "tokensvc", "robotsvc"]
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(FOLDER / "alerts.yaml")]
        for job in config["scrape_configs"]:
            assert job.pop("dns_sd_configs")[0]["names"] == [job["job_name"]]
            job["metrics_path"] = "/" + job["job_name"]
            job["static_configs"] = [{"targets": [f"127.0.0.1:{exporter}"]}]
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.process = Process("prometheus", [
            "prometheus", f"--config.file={folder}/prometheus.yaml",
            f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
            {}, folder)

    def ask(self, path, **query):
        """The `data` of its API's answer."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]

    def values(self, expression):
        """Of all series that it has now."""
        return [float(series["value"][1])
                for series in self.ask("query", query=expression)["result"]]

    def scrapes(self):
        """How often the job that was scraped least was; 0 while it cannot be asked."""
        try:
            counts = self.values("count_over_time(up[5m])")
        except urllib.error.URLError:
            return 0
        return min(counts) if len(counts) == len(SERVICES) else 0


@pytest.fixture(name="prometheus", scope="module")
def prometheus_that_has_seen_it_all(watched, exporter, tmp_path_factory):
    """What happens lies between two scrapes of each service, so that rates see it."""
    server = Prometheus(tmp_path_factory.mktemp("prometheus"), exporter)
    server.process.start()
    try:
        eventually(lambda: server.scrapes() >= 2, within=60, every=0.2)
        do_everything(watched)
        seen = server.scrapes()
        eventually(lambda: server.scrapes() >= seen + 2, within=60, every=0.2)
        yield server
    finally:
        server.process.kill()


def do_everything(cluster):
    """At least one of each thing that is counted."""
    client = cluster.client
    Phone(client, "2")
    entry = client.call("1", "2")
    client.recieve("2", entry["channel"])
    client.end("1", entry["channel"])
    robot = client.post("/dapi/call/robot", json={"src_uid": "3"}).data
    with Listener(client, robot):
        eventually(lambda: cluster.metric("robotsvc", "dapi_rtp_lateness_seconds_count") > 50,
                   within=20)
        eventually(lambda: cluster.metric("callsvc", "dapi_push_seconds_count") > 0, within=20)
        eventually(lambda: cluster.metric("callsvc", "dapi_webhook_sent_total") > 0, within=20)
    client.end("3", robot["channel"])


def assert_data(prometheus, expression):
    """It gives at least one number."""
    values = prometheus.values(expression)
    assert any(value == value for value in values), f"{expression}: {values}"  # NaN is not itself


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_what_an_alert_looks_at_is_there_and_well(prometheus, rule):
    value = COMPARISON.fullmatch(rule["expr"])
    assert value, "an alert is a value, a comparison and a number"
    assert_data(prometheus, value[1])
    if "_seconds" not in rule["expr"]:  # how long things take says nothing on a busy machine
        assert prometheus.values(rule["expr"]) == []


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_shows_something(prometheus, panel):
    for target in panel["targets"]:
        assert_data(prometheus, target["expr"].replace("$__rate_interval", "5m"))


def test_no_alert_fires_in_a_cluster_that_is_well(prometheus):
    assert [alert["labels"]["alertname"] for alert in prometheus.ask("alerts")["alerts"]
            if alert["state"] == "firing"] == []
