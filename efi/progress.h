/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a file from media that may be slow: how much to ask for at once, and after a second a line that says how far it is. */
#pragma once

#include "fw.h"

struct progress {
        EFI_EVENT timer; /* NULL: the file is small, or there is none to be had, and nothing is shown */
        size_t total;    /* bytes of the file */
        size_t chunk;    /* bytes of the next Read */
        size_t second;   /* bytes that were there when the running second began */
        size_t rate;     /* bytes that came in the last one */
        bool slow, shown;
};

void progress_begin(struct progress *p, size_t total);
/* How many bytes to read next where done are there. Each lasts a second at most if the medium stays as fast as it was. */
size_t progress_next(struct progress *p, size_t done);
/* Gives back what progress_begin took; the line, if there is one, is ended. */
void progress_end(struct progress *p, size_t done);
