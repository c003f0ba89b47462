"""A Slurm of one node on the loopback device, where its programs are; it ends with the tests.

Nothing is installed. Everything lies in a scratch folder but `/etc/slurm/slurm.conf` and
`gres.conf`, since programs inside jobs look nowhere else; one that is there already, of a cluster,
is left alone, and the tests are skipped.
"""

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
ETC = Path("/etc/slurm")
MARK = "# Of the tests of neuro; it goes with them.\n"
CONF = """\
ClusterName=neuro
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={scratch}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
StateSaveLocation={scratch}/state
SlurmdSpoolDir={scratch}/spool
SlurmctldPidFile={scratch}/slurmctld.pid
SlurmdPidFile={scratch}/slurmd.pid
SlurmctldLogFile={scratch}/slurmctld.log
SlurmdLogFile={scratch}/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
# Without control groups, memory is bounded through the address space, which is larger than it.
VSizeFactor=400
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=3600
KillWait=3
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """Why there can be no Slurm here; None if there can."""
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where Debian has the daemons
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"no {', '.join(missing)} here (Debian: slurm-wlm and munge)"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "no snakemake-executor-plugin-slurm here"
    if os.geteuid() != 0:
        return "only root may start Slurm's daemons"
    conf = ETC / "slurm.conf"
    if conf.exists() and not conf.read_text().startswith(MARK):
        return f"{conf} is there: this machine belongs to a cluster"
    return None


def free_ports():
    """Two ports of the loopback device that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def end(pid_file):
    """End the daemon whose number a file holds, and wait until it is gone."""
    if not pid_file.is_file() or not pid_file.read_text().strip():
        return
    pid = int(pid_file.read_text())
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        for _ in range(50):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)


class Slurm:
    """The daemons, and what they tell of jobs."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.host = socket.gethostname().split(".")[0]

    def start(self):
        controller_port, node_port = free_ports()
        for name in ("state", "spool"):
            (self.scratch / name).mkdir()
        key = self.scratch / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        ETC.mkdir(exist_ok=True)
        (ETC / "gres.conf").write_text(f"{MARK}NodeName={self.host} Name=gpu File=/dev/null\n")
        (ETC / "slurm.conf").write_text(
            MARK
            + CONF.format(
                host=self.host,
                scratch=self.scratch,
                controller_port=controller_port,
                node_port=node_port,
            )
        )
        munge = ["munged", "--force", f"--key-file={key}", f"--socket={self.scratch}/munge.socket"]
        munge += [f"--{name}-file={self.scratch}/munged.{name}" for name in ("pid", "log", "seed")]
        subprocess.run(munge, check=True, capture_output=True)
        subprocess.run(["slurmctld", "-c"], check=True, capture_output=True)
        subprocess.run(["slurmd", "-c", "-N", self.host], check=True, capture_output=True)
        for _ in range(100):
            told = subprocess.run(
                ["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True, check=False
            )
            if told.stdout.strip() == "idle":
                return
            time.sleep(0.2)
        raise RuntimeError(f"Slurm did not start: {told.stdout} {told.stderr}\n{self.logs()}")

    def stop(self):
        if (self.scratch / "slurmctld.pid").is_file():
            subprocess.run(["scancel", "--user=root"], check=False, capture_output=True, timeout=30)
            time.sleep(1)
        for name in ("slurmd", "slurmctld", "munged"):
            end(self.scratch / f"{name}.pid")
        for name in ("slurm.conf", "gres.conf"):
            path = ETC / name
            if path.is_file() and path.read_text().startswith(MARK):
                path.unlink()

    def jobs(self):
        """Every job: its rule, state, memory and time it asked for, and GPUs."""
        told = subprocess.run(
            ["scontrol", "--oneliner", "show", "jobs"], capture_output=True, text=True, check=True
        )
        names = {
            "id": "JobId",
            "rule": "Comment",
            "state": "JobState",
            "memory": "MinMemoryNode",
            "time": "TimeLimit",
            "gpus": "TresPerJob",
        }
        rows = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in told.stdout.splitlines()]
        return [{name: row.get(key, "") for name, key in names.items()} for row in rows]

    def logs(self):
        return "\n".join(path.read_text() for path in sorted(self.scratch.glob("*.log")))


@pytest.fixture(scope="session")
def slurm():
    if reason := why_not():
        pytest.skip(reason)
    # Not below pytest's folder: munge refuses a socket that others cannot reach.
    scratch = Path(tempfile.mkdtemp(prefix="neuro-slurm-"))
    scratch.chmod(0o755)
    made = Slurm(scratch)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(scratch, ignore_errors=True)
