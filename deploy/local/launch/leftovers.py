"""leftovers - what a run writes down of itself, so that the next one can clear what a kill left"""
import contextlib
import json
import os
import shutil
import signal
import time

from launch import say


def process_start(pid):
    """When it was started, in the kernel's ticks: with the pid, it names one process for good."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[19])


def state_path(folder):
    """Of the file that this module alone reads and writes."""
    return os.path.join(folder, "processes.json")


def remember(plan, children):
    """Write down what runs now."""
    processes = []
    for child in children:
        with contextlib.suppress(OSError):
            if child.is_alive():
                processes.append({"name": child.name, "pid": child.process.pid,
                                  "started": process_start(child.process.pid)})
    path = state_path(plan.folder)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"socket_folder": plan.socket_folder, "processes": processes}, file)
    os.rename(path + ".new", path)


def forget(plan):
    """Everything has ended: sockets and notes go."""
    remove_sockets(plan.folder, plan.socket_folder)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(state_path(plan.folder))


def clear(folder):
    """End what is left of a run that was killed. The caller holds the folder's lock."""
    try:
        with open(state_path(folder), encoding="utf-8") as file:
            state = json.load(file)
    except (FileNotFoundError, ValueError):
        state = {"socket_folder": folder, "processes": []}
    for process in state["processes"]:
        if is_ours(process):
            say(f"ending {process['name']} (process {process['pid']}) of a killed run")
            end(process)
    remove_sockets(folder, state["socket_folder"])


def is_ours(process):
    """The very process that was written down: pids are used again, start times are not."""
    pid = process["pid"]
    try:
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
        names = {process["name"]} if process["name"] != "janus" else {"janus", "sh", "dash", "bash"}
        return process_start(pid) == process["started"] and program in names
    except OSError:
        return False


def end(process):
    """Kill it and wait until it is gone, so that what it held is free."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 5
    while is_ours(process) and time.monotonic() < deadline:
        time.sleep(0.01)


def remove_sockets(folder, socket_folder):
    """Those of the run's folder, or the short folder that was made for them."""
    if socket_folder != folder:
        shutil.rmtree(socket_folder, ignore_errors=True)
        return
    for name in os.listdir(folder):
        if name.endswith(".socket") or name.startswith("admin."):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))
