#!/usr/bin/python3
"""Pushes: how soon after call/user one is on the wire, how many a second, and what call/user costs
when the push service hangs.

The push service is nghttpd (HTTP/2, TLS) where speed counts, and a server that verifies and notes
everything where time does. Windows of call/user are interleaved and the medians compared.
"""
import os
import pathlib
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from lib.bus import BusClient
from lib.cluster import Cluster, free_port
from lib.processes import Process
from lib.waiting import eventually
from push.conftest import metric
from push.lib import apns
from push.lib.certificates import Authority, new_ec_key, pem_of

HERE = pathlib.Path(__file__).resolve().parent
CALLS = int(os.environ.get("DAPI_BENCH_PUSH_CALLS", "500"))
PUSHES_EACH, RINGING = 20, 400  # devices of a uid, uids: for pushes a second
PUSHES = PUSHES_EACH * RINGING
UIDS = 1000                     # that have a device, for call/user
ROUNDS = int(os.environ.get("DAPI_BENCH_ROUNDS", "5"))
WINDOW_SECONDS = int(os.environ.get("DAPI_BENCH_SECONDS", "3"))
CONNECTIONS = 64
APP = "com.example.phone"
SENT = ("dapi_push_sent_total", 'service="apns",kind="ring"')


class Bench:
    """A folder with an authority and Apple's key, and what is started in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.authority = Authority(self.folder)
        self.key = new_ec_key()
        (self.folder / "key.p8").write_text(pem_of(self.key))

    def settings(self, url):
        """Of a callsvc that pushes to this."""
        return {"DAPI_APNS_KEY_FILE": str(self.folder / "key.p8"), "DAPI_APNS_KEY_ID": apns.KEY_ID,
                "DAPI_APNS_TEAM_ID": apns.TEAM_ID, "DAPI_APNS_URL": url,
                "DAPI_PUSH_CA_FILE": str(self.authority.file), "DAPI_LOG_LEVEL": "error"}

    def sink(self):
        """(nghttpd, its URL): answers 200 when a request has come in whole, as Apple does."""
        certificate, key = self.authority.make_server("sink")
        port = free_port()
        command = ["nghttpd", "--echo-upload", "-a", "127.0.0.1", "-m", "1000", port, key,
                   certificate]
        process = Process("nghttpd", command, {}, self.folder).start()
        eventually(lambda: is_open(port), within=10)
        return process, f"https://127.0.0.1:{port}"


def is_open(port):
    """Somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def register(client, uids, devices_each, make_token):
    """Devices over the bus: (uid, token) of each."""
    devices = [(str(uid), make_token()) for uid in uids for _ in range(devices_each)]
    for start in range(0, len(devices), 200):
        replies = client.ask_many([
            ("device_register", {"uid": uid, "platform": "apns", "token": token, "app": APP})
            for uid, token in devices[start:start + 200]])
        assert all(reply.error == 0 for reply in replies), replies[0]
    return devices


def new_token():
    """As Apple's are."""
    return secrets.token_hex(32)


def cpu_seconds(process):
    """That it has used."""
    stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    """Of a list."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure_latency(bench):
    """From before call/user to the push at the service, one call at a time."""
    with apns.Apns(bench.authority, bench.key.public_key()) as apple, \
            Cluster(**bench.settings(apple.url)) as cluster:
        cluster.start("callsvc", "tokensvc", "gateway")
        with BusClient(cluster.endpoints["callsvc"]) as client:
            register(client, range(1, CALLS + 2), 1, new_token)
        spent, answered = [], []
        for uid in range(1, CALLS + 2):
            begun = time.time()
            cluster.client.call(f"s{uid}", str(uid))
            answered.append(time.time() - begun)
            spent.append(apple.next().at - begun)
        assert apple.problems == []
    spent, answered = spent[1:], answered[1:]  # the first opens the connection
    print(f"call/user to the push on the wire, {CALLS} calls: "
          f"p50 {percentile(spent, .5) * 1e3:.1f} ms, p99 {percentile(spent, .99) * 1e3:.1f} ms "
          f"(aim: p99 under 50); to call/user's answer: p50 {percentile(answered, .5) * 1e3:.1f} ms, "
          f"p99 {percentile(answered, .99) * 1e3:.1f} ms", flush=True)


def measure_rate(bench):
    """Calls to uids with many devices each, as fast as callsvc takes them."""
    sink, url = bench.sink()
    with Cluster(**bench.settings(url)) as cluster:
        cluster.start("callsvc")
        with BusClient(cluster.endpoints["callsvc"], within=30) as client:
            register(client, range(1, RINGING + 1), PUSHES_EACH, new_token)
            cpu, begun = cpu_seconds(cluster["callsvc"]), time.monotonic()
            for start in range(1, RINGING + 1, 40):
                client.ask_many([("call_start", {
                    "channel": f"ch_{uid:09}a", "call_id": "00000000-0000-4000-8000-%012x" % uid,
                    "src_uid": "caller", "dst_uid": str(uid), "kind": "user", "ring_seconds": 180})
                    for uid in range(start, start + 40)])
        eventually(lambda: metric(cluster, *SENT) == PUSHES, within=120)
        took = time.monotonic() - begun
        cpu = (cpu_seconds(cluster["callsvc"]) - cpu) / PUSHES * 1e6
        connections = metric(cluster, "dapi_apns_connections_total")
        failures = metric(cluster, "dapi_push_failures_total", 'service="apns"')
        assert failures == 0, f"{failures} attempts failed"
    sink.kill()
    print(f"pushes a second to nghttpd: {PUSHES / took:.0f} over {connections:.0f} connections, "
          f"{PUSHES} in {took:.1f} s, each written, leased and settled on disk (aim: 2000); "
          f"callsvc's CPU {cpu:.0f} us a push",
          flush=True)


class Contender:
    """A cluster under call/user, and what each window measured."""

    def __init__(self, name, settings):
        self.name = name
        self.cluster = Cluster(**settings)
        self.rates, self.p50, self.p99 = [], [], []

    def start(self, make_token):
        """With a device for each callee."""
        self.cluster.start("callsvc", "tokensvc", "gateway")
        with BusClient(self.cluster.endpoints["callsvc"]) as client:
            register(client, range(1, UIDS + 1), 1, make_token)
        return self

    def window(self, seed):
        """Some seconds of call/user."""
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WINDOW_SECONDS}", "--latency", "-s",
             HERE / "call_devices.lua", self.cluster.client.url + "/dapi/call/user"],
            capture_output=True, text=True, check=True,
            env={**os.environ, "SEED": str(seed), "UIDS": str(UIDS)}).stdout
        assert "Non-2xx" not in out and "Socket errors" not in out and "nan" not in out, out
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))
        self.p50.append(milliseconds(re.search(r"\n +50%\s+(\S+)", out)[1]))
        self.p99.append(milliseconds(re.search(r"\n +99%\s+(\S+)", out)[1]))

    def row(self, yardstick):
        """Medians, and beside those of another."""
        against = statistics.median(a / b for a, b in zip(self.rates, yardstick.rates))
        return (f"{self.name:<34}{statistics.median(self.rates):>8.0f}{against:>9.2f}"
                f"{statistics.median(self.p50):>9.2f}{statistics.median(self.p99):>9.2f}")


def milliseconds(text):
    """As wrk writes times."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def waiting_of(cluster):
    """Pushes that are not sent. None: the calls of a minute ago end all at once, ask again."""
    try:
        return metric(cluster, "dapi_outbox_waiting", 'queue="apns"')
    except OSError:
        return None


def measure_hung(bench):
    """call/user to uids with devices: no push, a good service, one that takes connections and says
    nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        hung_url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        contenders = [Contender("no push configured", {"DAPI_LOG_LEVEL": "error"}),
                      Contender("the push service hangs", bench.settings(hung_url))]
        try:
            for contender in contenders:
                contender.start(new_token)
            for number in range(ROUNDS):
                for contender in contenders if number % 2 else reversed(contenders):
                    contender.window(time.time_ns() % 2**31)
            print(f"{'call/user, 64 connections':<34}{'req/s':>8}{'x none':>9}{'p50 ms':>9}"
                  f"{'p99 ms':>9}")
            for contender in contenders:
                print(contender.row(contenders[0]), flush=True)
            waiting = eventually(lambda: waiting_of(contenders[1].cluster), within=60)
            print(f"behind the one that hangs {waiting:.0f} pushes wait", flush=True)
        finally:
            for contender in contenders:
                contender.cluster.__exit__()


def main():
    """All three."""
    with tempfile.TemporaryDirectory(prefix="dapi-bench-push-") as folder:
        bench = Bench(folder)
        measure_latency(bench)
        measure_rate(bench)
        measure_hung(bench)


if __name__ == "__main__":
    main()
