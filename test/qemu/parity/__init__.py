# SPDX-License-Identifier: BSD-2-Clause
"""The stub's role: the same image by its own stub and by ukiload (table.py)."""
