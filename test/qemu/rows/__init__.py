# SPDX-License-Identifier: BSD-2-Clause
"""The table of machines: how each is prepared and what must be seen when it has been switched on (case.py,
table.py)."""
