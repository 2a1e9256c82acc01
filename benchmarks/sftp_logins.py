"""So many log-ins at once from one light client: each lists a folder, reads a file, and waits for the last."""

import asyncio
import sys
import time

import asyncssh


async def visit(port, user, key, folder, file, gate):
    async with asyncssh.connect(
        "127.0.0.1", port, username=user, client_keys=[key], known_hosts=None, config=None,
        encryption_algs=["aes128-gcm@openssh.com"], kex_algs=["curve25519-sha256@libssh.org", "curve25519-sha256"],
        compression_algs=None, login_timeout=90, connect_timeout=90, agent_path=None,
    ) as connection, connection.start_sftp_client() as client:  # fmt: skip
        await client.listdir(folder)
        async with client.open(f"{folder}/{file}", "rb") as opened:
            assert len(await opened.read()) == 10_240
        gate.done += 1
        if gate.done == gate.count:
            gate.open.set()
        await gate.open.wait()


class Gate:
    def __init__(self, count):
        self.count, self.done, self.open = count, 0, asyncio.Event()


async def main(port, user, key, folder, file, count):
    gate = Gate(count)
    private = asyncssh.read_private_key(key)
    began = time.perf_counter()
    await asyncio.gather(*(visit(port, user, private, folder, file, gate) for _ in range(count)))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    asyncssh.set_log_level("CRITICAL")
    port, user, key, folder, file, count = sys.argv[1:]
    asyncio.run(main(int(port), user, key, folder, file, int(count)))
