# SPDX-License-Identifier: BSD-2-Clause
"""The lab of the QEMU tests makes the roots."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "qemu"))
