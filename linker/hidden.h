/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Included before every firmware source. -fvisibility=hidden covers definitions only; without this an
 * extern declaration may be reached through the global offset table, which needs a relocation.
 */
#pragma GCC visibility push(hidden)
