"""Every benchmark, one after the other."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
for name in (
    "bench_decision",
    "bench_loading",
    "bench_log",
    "bench_log_growth",
    "bench_proofs",
    "bench_verifier",
    "bench_http",
    "bench_line",
    "bench_tls",
    "bench_wss",
    "bench_oauth",
    "bench_spaces",
    "bench_start",
    "bench_distribution",
    "bench_sftp",
    "bench_whatif",
):
    print(f"\n{name}", flush=True)
    subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / f"{name}.py")], cwd=HERE, check=False
    )
