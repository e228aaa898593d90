# SPDX-License-Identifier: BSD-2-Clause
"""Host and firmware asked about the same machine (ask.py); the tables of cases are images, lines, addons, policies,
trust."""
