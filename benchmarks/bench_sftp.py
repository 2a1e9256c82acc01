"""The drop server beside OpenSSH's own, with the same client, cipher and key exchange, turn by turn."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from harness import ROOT, spread

FLOW = "jobbonusplus-mutaties"
SMALL, BYTES = 1_000, 10_240
OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes",
           "-o", "Ciphers=aes128-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org", "-F", "none"]  # fmt: skip


def name(n):
    """A name that may stand in the log, for uploads and downloads alike."""
    return f"{FLOW}_2025-03-10_{n + 1}.json"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Ours:
    def __init__(self, base):
        command = [sys.executable, "-W", "ignore", str(ROOT / "benchmarks/sftp_server.py"), str(base)]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.up, self.down = ("wewis", base / "wewis.ssh"), ("infino", base / "infino.ssh")
        self.inbox, self.outbox = f"/in/{FLOW}", f"/uit/{FLOW}"
        self.arrived = base / f"space/drop/wewis/in/{FLOW}"
        self.files = base / f"space/drop/infino/uit/{FLOW}"
        self.quiet, self.few = "/archief", base / "space/drop/infino/archief"


class OpenSsh:
    def __init__(self, base, keys):
        self.port = free_port()
        self.up, self.down = ("root", keys[0]), ("root", keys[1])
        self.files, self.arrived = base / "out", base / "in"
        self.outbox, self.inbox = str(self.files), str(self.arrived)
        self.few = base / "few"
        self.quiet = str(self.few)
        for folder in (self.files, self.arrived, self.few):
            folder.mkdir()
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(base / "host")]
        subprocess.run(make, check=True)
        show = [["ssh-keygen", "-y", "-f", str(key)] for key in keys]
        public = [subprocess.run(one, capture_output=True, text=True, check=True).stdout for one in show]  # fmt: skip
        (base / "authorized").write_text("".join(public))
        config = f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {base}/host\nAuthorizedKeysFile {base}/authorized\nPidFile none\nStrictModes no\nPermitRootLogin yes\nUsePAM no\nMaxStartups 400:30:500\nSubsystem sftp internal-sftp\n"
        (base / "config").write_text(config)
        Path("/run/sshd").mkdir(exist_ok=True)
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(base / "config")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)


def cpu(server):
    """User and system seconds of the server, of its children and of those that ended."""
    used = 0.0
    for one in [root := psutil.Process(server.process.pid), *root.children(recursive=True)]:
        try:
            used += sum(one.cpu_times()[:4])
        except psutil.Error:
            continue
    return used


def command_of(server, who):
    user, key = who
    return ["sftp", "-q", "-b", "-", "-P", str(server.port), "-i", str(key), *OPTIONS, f"{user}@127.0.0.1"]  # fmt: skip


def run(server, who, *lines):
    command, text = command_of(server, who), "\n".join(lines)
    began = time.perf_counter()
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    return took


def processes(server, count=100):
    began = time.perf_counter()
    command = command_of(server, server.down)
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)]  # fmt: skip
    for one in started:
        one.stdin.write(b"ls\n")
        one.stdin.close()
    assert not any(one.wait() for one in started)
    return time.perf_counter() - began


def at_once(server, count=100):
    user, key = server.down
    script = str(ROOT / "benchmarks/sftp_logins.py")
    command = [sys.executable, script, str(server.port), user, str(key), server.quiet, name(1), str(count)]  # fmt: skip
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def works(base):
    """What is measured: a name, and what to do with a server."""
    big, little, got = base / "big", base / "little", base / "got"
    ups = [f"put {little}/{name(n)} {{}}/{name(n)}" for n in range(1, SMALL + 1)]
    downs = [f"get {{}}/{name(n)} {got}/{name(n)}" for n in range(1, SMALL + 1)]
    return {
        "log-in and ls": lambda s: run(s, s.down, f"ls {s.quiet}"),
        "100 MB up": lambda s: run(s, s.up, f"put {big} {s.inbox}/{name(0)}"),
        "100 MB down": lambda s: run(s, s.down, f"get {s.outbox}/{name(0)} {got}/big"),
        "1,000 x 10 KB up": lambda s: run(s, s.up, *(one.format(s.inbox) for one in ups)),
        "1,000 x 10 KB down": lambda s: run(s, s.down, *(one.format(s.outbox) for one in downs)),
        "100 log-ins at once, one client": at_once,
        "100 log-ins at once, 100 clients": processes,
    }


def clear(folder):
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()


def prepare(base):
    (base / "ours").mkdir(mode=0o700)
    (base / "theirs").mkdir()
    (base / "little").mkdir()
    (base / "got").mkdir()
    ours = Ours(base / "ours")
    servers = [OpenSsh(base / "theirs", [ours.up[1], ours.down[1]]), ours]
    (base / "big").write_bytes(os.urandom(100_000_000))
    for n in range(1, SMALL + 1):
        (base / "little" / name(n)).write_bytes(os.urandom(BYTES))
    for server in servers:
        shutil.copy(base / "big", server.files / name(0))
        shutil.copy(base / "little" / name(1), server.few)
        for path in (base / "little").iterdir():
            shutil.copy(path, server.files)
    return servers


def measure(base, servers, rounds, chosen):
    took, used = {}, {}
    for turn in range(rounds):
        for what, do in works(base).items():
            if chosen and not any(word in what for word in chosen):
                continue
            for server in servers if turn % 2 else servers[::-1]:
                before = cpu(server)
                wall = do(server)
                time.sleep(0.3)
                kind = type(server).__name__
                took.setdefault(what, {}).setdefault(kind, []).append(wall)
                used.setdefault(what, {}).setdefault(kind, []).append(cpu(server) - before)
                clear(server.arrived)
                clear(base / "got")
    return took, used


def main(rounds=5, *chosen):
    if not Path("/usr/sbin/sshd").exists() or os.getuid() != 0:
        print("needs OpenSSH's server, and root to start it")
        return
    base = Path(tempfile.mkdtemp(prefix="bench-", dir="/dev/shm"))
    servers = prepare(base)
    try:
        took, used = measure(base, servers, rounds, chosen)
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait()
        shutil.rmtree(base)
    for what, rows in took.items():
        ratios = [theirs / own for theirs, own in zip(rows["OpenSsh"], rows["Ours"], strict=True)]
        spent = {kind: statistics.median(values) for kind, values in used[what].items()}
        print(f"{what:<34} OpenSSH {spread(rows['OpenSsh'])} s  ours {spread(rows['Ours'])} s  ratio {spread(ratios)}  "
              f"server CPU {spent['OpenSsh']:.2f} and {spent['Ours']:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main(*(int(one) if one.isdigit() else one for one in sys.argv[1:]))
