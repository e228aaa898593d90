# SPDX-License-Identifier: BSD-2-Clause
"""Runs one libFuzzer target for some seconds.

    fuzz.py TARGET SECONDS

Starts from build/fuzz/corpus/TARGET; what it finds new goes to build/fuzz/found/TARGET and is used the
next time. A fault leaves its input in build/fuzz/faults.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from tally import record

FUZZ = Path("build/fuzz")


def main() -> int:
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        print("usage: fuzz.py TARGET SECONDS", file=sys.stderr)
        return 2
    target, seconds = sys.argv[1], int(sys.argv[2])
    corpus = FUZZ / "corpus" / target
    if not corpus.is_dir():
        corpus = FUZZ / "corpus" / target.removeprefix("fuzz_")
    found = FUZZ / "found" / target
    faults = FUZZ / "faults"
    for folder in (corpus, found, faults):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = len(list(corpus.iterdir()))
    command = [FUZZ / target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               f"-artifact_prefix={faults}/{target}-", "-verbosity=1", found, corpus]
    log = FUZZ / f"{target}.log"
    begin = time.monotonic()
    with open(log, "wb") as file:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"Done (\d+) runs", text)
    record(target, int(status == 0), int(status != 0), took={target: time.monotonic() - begin})
    if status == 0 and runs:
        print(f"fuzz: {target}: {seconds} s from {seeds} seeds, {runs[1]} runs, no fault", flush=True)
        return 0
    print(f"fuzz: {target}: a fault, its input is in {faults}; the end of {log}:", flush=True)
    print("\n".join(text.splitlines()[-40:]), flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
