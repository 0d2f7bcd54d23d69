#!/usr/bin/python3
"""Live events: how soon the other party is told, what an idle WebSocket costs, and what ten thousand
of them cost requests.

Two sets of services run beside each other, one with idle WebSockets and one without; windows of
call/user are interleaved over both and the medians compared: on a noisy machine only ratios say
something. The idle ones listen to uids that nobody calls.
"""
import http.client
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from lib.cluster import Cluster
from lib.live import Listener
from lib.waiting import eventually

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = int(os.environ.get("DAPI_BENCH_ROUNDS", "7"))
WINDOW_SECONDS = int(os.environ.get("DAPI_BENCH_SECONDS", "3"))
SOCKETS = int(os.environ.get("DAPI_BENCH_SOCKETS", "10000"))
CALLS = 500  # that are told of, one after another
CONNECTIONS = 64
SERVICES = ("callsvc", "tokensvc", "gateway")
OPEN_SECONDS = 60
TICK = os.sysconf("SC_CLK_TCK")


def memory_bytes(pid):
    """What the process has in memory."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024


def cpu_seconds(pids):
    """Of all of them, until now."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


class Caller:
    """One connection that is kept."""

    def __init__(self, address):
        self._connection = http.client.HTTPConnection(address, timeout=10)
        self._connection.connect()

    def send(self, name, **fields):
        """Ask, and leave the answer for later."""
        self._connection.request("POST", f"/dapi/call/{name}", json.dumps(fields),
                                 {"Content-Type": "application/json"})

    def data(self):
        """Of the answer."""
        answer = json.loads(self._connection.getresponse().read())
        assert answer["success"], answer
        return answer["data"]


def told_after(caller, listener, name, **fields):
    """Milliseconds from a verb's first byte to the event on the other's socket; the verb's data."""
    began = time.perf_counter()
    caller.send(name, **fields)
    listener.next()
    took = (time.perf_counter() - began) * 1000
    return took, caller.data()


def measure_delay(address):
    """Each verb of one party, and when the other was told."""
    caller = Caller(address)
    times = []
    with Listener(address, "alice") as alice, Listener(address, "bob") as bob:
        for _ in range(CALLS):
            took, entry = told_after(caller, bob, "user", src_uid="alice", dst_uid="bob")
            times.append(took)
            alice.next()
            for name in ("ringing", "reject"):
                times.append(told_after(caller, alice, name, uid="bob",
                                        channel=entry["channel"])[0])
                bob.next()
    return times


def print_delay(title, times):
    """Half of them, and nearly all."""
    cuts = statistics.quantiles(times, n=100)
    print(f"{title:<44}p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms")
    return cuts[98]


class Windows:
    """A set of services under wrk."""

    def __init__(self, cluster):
        self._url = f"{cluster.client.url}/dapi/call/user"
        self._pids = [cluster[name].pid for name in SERVICES]
        self.rates = []
        self.cpu = []

    def run(self, seed):
        """One window."""
        before = cpu_seconds(self._pids)
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WINDOW_SECONDS}", "-s", HERE / "call_user.lua",
             self._url], capture_output=True, text=True, check=True,
            env={**os.environ, "SEED": str(seed)}).stdout
        assert "Non-2xx" not in out, out
        count = int(re.search(r"(\d+) requests in", out)[1])
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))
        self.cpu.append((cpu_seconds(self._pids) - before) / count * 1e6)


def ratio(of, to):
    """The median of the windows' ratios."""
    return statistics.median(a / b for a, b in zip(of, to))


def open_idle(cluster):
    """The listeners, and bytes of the gateway for each."""
    pid = cluster["gateway"].pid
    before = memory_bytes(pid)
    idle = [Listener(cluster.client.address, f"idle-{number}") for number in range(SOCKETS)]
    metric = f"dapi_event_sockets {SOCKETS}\n"
    eventually(lambda: metric in cluster.admin("gateway", "/metrics")[1], within=OPEN_SECONDS)
    return idle, (memory_bytes(pid) - before) / SOCKETS


def compare(without, with_idle):
    """Requests beside idle sockets, and without."""
    windows = [Windows(without), Windows(with_idle)]
    for number in range(ROUNDS):
        for each in windows if number % 2 else reversed(windows):
            each.run(time.time_ns() % 2**31)
    alone, beside = windows
    print(f"call/user beside {SOCKETS} idle WebSockets: {ratio(beside.rates, alone.rates):.3f} x the "
          f"requests/s, {ratio(beside.cpu, alone.cpu):.3f} x the CPU a request (target: within 5 %)")
    print(f"  {statistics.median(alone.rates):.0f} requests/s without, "
          f"{statistics.median(beside.rates):.0f} beside them")


def run(without, with_idle):
    """Measure, and print."""
    measure_delay(without.client.address)  # caches are cold
    print_delay("from one party's verb to the other's event:", measure_delay(without.client.address))
    idle, each = open_idle(with_idle)
    print_delay(f"the same beside {SOCKETS} idle WebSockets:",
                measure_delay(with_idle.client.address))
    print("(target: p99 below 20 ms on an idle machine)")
    print(f"an idle WebSocket: {each:.0f} bytes of the gateway (target: at most 16384)")
    compare(without, with_idle)
    for listener in idle:
        listener.sock.close()


def main():
    """Every socket is a descriptor."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    settings = {"DAPI_LOG_LEVEL": "warning"}
    with Cluster(**settings) as without, Cluster(**settings) as with_idle:
        for cluster in (without, with_idle):
            cluster.start(*SERVICES)
        run(without, with_idle)


if __name__ == "__main__":
    main()
