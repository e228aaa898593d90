/* SPDX-License-Identifier: BSD-2-Clause */
/* libefivar's headers, whose inline functions do not compile without warnings under ours. */
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wextra"
#include <efiboot.h>
#include <efivar.h>
#pragma GCC diagnostic pop
