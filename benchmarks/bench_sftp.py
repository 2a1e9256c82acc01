"""The drop server beside OpenSSH's own, with the same client, cipher and key exchange."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import ROOT, spread

sys.path.insert(0, str(ROOT))
OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes",
           "-o", "Ciphers=aes128-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256@libssh.org,curve25519-sha256", "-F", "none"]  # fmt: skip
SERVE = """
import sys, threading
from pathlib import Path
from gateway.adapters.ids import SeededSecrets
from gateway.contracts.drop import DropAccount, Folder, Verb
from gateway.simulation.keyring import Keyring
from sftp_drop.drop_store import DropStore
from sftp_drop.server import DropServer, Limits
keys, base = Keyring(SeededSecrets(b"k" * 32)), Path(sys.argv[1])
folders = (Folder("/in/x", frozenset({Verb.LIST, Verb.UPLOAD})), Folder("/uit/x", frozenset({Verb.LIST, Verb.READ})))
store = DropStore(base / "drop")
store.prepare("bench", [f.path for f in folders])
account = DropAccount("bench", "bench", store.root_of("bench"), folders)
class Desk:
    def account_for_key(self, user, key, /): return account
    def account_for_password(self, user, password, /): return None
    def logged_in(self, visit, door, /): return True
    def still_stands(self, visit, /): return True
    def login_refused(self, user, factor, door, /, *, locked): pass
    def refuse_reading(self, account, path, /): return None
    def transferred(self, account, transfer, /): pass
    def uploaded(self, upload, /): pass
    def acknowledged(self, account, name, /): pass
server = DropServer(Desk(), Desk(), keys.ssh_private("host"), limits=Limits(connections=400))
keys.write_ssh_key("bench", base)
print(server.start(), flush=True)
threading.Event().wait()
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Ours:
    user, inbox, outbox, suffix = "bench", "/in/x", "/uit/x", ".json"

    def __init__(self, base):
        command = [sys.executable, "-W", "ignore", "-c", SERVE, str(base)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        self.port = int(self.process.stdout.readline())
        self.key, self.files = base / "bench.ssh", base / "drop/bench/uit/x"
        self.arrived = base / "drop/bench/in/x"


class OpenSsh:
    user, suffix = "root", ".json"

    def __init__(self, base, key):
        self.port, self.key = free_port(), key
        self.files, self.arrived = base / "out", base / "in"
        self.outbox, self.inbox = str(self.files), str(self.arrived)
        self.files.mkdir()
        self.arrived.mkdir()
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(base / "host")], check=True
        )
        public = subprocess.run(
            ["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True
        ).stdout
        (base / "authorized").write_text(public)
        config = f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {base}/host\nAuthorizedKeysFile {base}/authorized\nPidFile none\nStrictModes no\nPermitRootLogin yes\nUsePAM no\nMaxStartups 400\nSubsystem sftp internal-sftp\n"
        (base / "config").write_text(config)
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", str(base / "config")], stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)


def run(server, *lines):
    command = [
        "sftp",
        "-q",
        "-b",
        "-",
        "-P",
        str(server.port),
        "-i",
        str(server.key),
        *OPTIONS,
        f"{server.user}@127.0.0.1",
    ]
    began = time.perf_counter()
    done = subprocess.run(
        command, input="\n".join(lines), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - began


def many(server, count):
    threads = [threading.Thread(target=run, args=(server, "ls")) for _ in range(count)]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return time.perf_counter() - began


def main(rounds=3, small=300):
    if not Path("/usr/sbin/sshd").exists() or os.getuid() != 0:
        print("needs OpenSSH's server, and root to start it")
        return
    base = Path(tempfile.mkdtemp(prefix="bench-", dir="/dev/shm"))
    (base / "ours").mkdir(mode=0o700)
    (base / "theirs").mkdir()
    ours = Ours(base / "ours")
    servers = [OpenSsh(base / "theirs", ours.key), ours]
    big = base / "big"
    big.write_bytes(os.urandom(100_000_000))
    little = base / "little"
    little.mkdir()
    for n in range(small):
        (little / f"{n}.json").write_bytes(os.urandom(10_240))
    measured = {}
    try:
        for _ in range(rounds):
            for server in servers:
                shutil.copy(big, server.files / "big.json")
                for path in little.iterdir():
                    shutil.copy(path, server.files)
                (base / "got").mkdir(exist_ok=True)
                work = {
                    "log-in and ls": lambda s=server: run(s, "ls"),
                    "100 MB up": lambda s=server: run(s, f"put {big} {s.inbox}/big.json"),
                    "100 MB down": lambda s=server: run(
                        s, f"get {s.outbox}/big.json {base}/got/big"
                    ),
                    f"{small} x 10 KB up": lambda s=server: run(
                        s, *(f"put {little}/{n}.json {s.inbox}/{n}.json" for n in range(small))
                    ),
                    f"{small} x 10 KB down": lambda s=server: run(
                        s, *(f"get {s.outbox}/{n}.json {base}/got/{n}" for n in range(small))
                    ),
                    "100 log-ins at once": lambda s=server: many(s, 100),
                }
                for name, do in work.items():
                    measured.setdefault(name, {}).setdefault(type(server).__name__, []).append(do())
                shutil.rmtree(base / "got")
                for path in server.arrived.iterdir():
                    path.unlink() if path.is_file() else None
        for name, rows in measured.items():
            ratios = [
                theirs / own for theirs, own in zip(rows["OpenSsh"], rows["Ours"], strict=True)
            ]
            print(
                f"{name:<22} OpenSSH {spread(rows['OpenSsh'])} s  ours {spread(rows['Ours'])} s  ratio {spread(ratios)}"
            )
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait()
        shutil.rmtree(base)


if __name__ == "__main__":
    main(*(json.loads(one) for one in sys.argv[1:]))
