# SPDX-License-Identifier: BSD-2-Clause
"""Whole ways of a machine and of who uses it: load, reboot, power cuts, a systemd, what a TPM measures."""
