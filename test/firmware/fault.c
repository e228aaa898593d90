/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting calls, and what each is to come to. */
#include "inside.h"

struct machine *the_machine;

const char *call_name(enum call call) {
        /* clang-format off */
        static const char *const names[CALLS] = {
                "AllocatePool", "GetMemoryMap", "HandleProtocol", "LocateProtocol",
                "LocateHandleBuffer", "LocateDevicePath", "Install",
                "Uninstall", "LoadImage", "UnloadImage", "StartImage", "GetVariable", "SetVariable", "OpenVolume", "Open", "Read",
                "Write", "GetInfo", "SetInfo", "SetPosition", "Flush", "ReadBlocks", "GetCapability", "HashLogExtendEvent",
                "SubmitCommand",
                "MapPcrToMr", "CC HashLogExtendEvent", "GetRNG", "InstallConfigurationTable", "GetTime",
                "CreateEvent", "SetTimer", "WaitForEvent", "CheckEvent", "ConnectController",
        };
        /* clang-format on */

        return call < CALLS ? names[call] : "?";
}

static bool hits(struct fault *f, enum call call, const char *what) {
        if (f->call != call || (f->only && (!what || !strstr(what, f->only))))
                return false;
        f->seen++;
        return f->seen >= f->from && f->seen <= (f->to ? f->to : f->from);
}

const struct fault *fault_at(enum call call, const char *what) {
        struct machine *m = the_machine;
        const struct fault *hit = NULL;

        m->calls[call]++;
        if (m->calls[call] > 500000) { /* a loop without an end */
                fprintf(stderr, "%s is called again and again\n", call_name(call));
                abort();
        }
        if (m->watch && m->in->watching)
                m->watch(m, call, m->calls[call], what ? what : "");
        for (size_t i = 0; i < m->n_faults; i++)
                if (hits(&m->faults[i], call, what) && !hit)
                        hit = &m->faults[i];
        return hit;
}

struct fault *machine_fault(struct machine *m, enum call call, unsigned from, unsigned to, EFI_STATUS status) {
        struct fault *f = &m->faults[m->n_faults++];

        assert_true(m->n_faults <= sizeof(m->faults) / sizeof(m->faults[0]));
        *f = (struct fault) { .call = call, .from = from, .to = to, .status = status };
        return f;
}

struct fault *machine_lie(struct machine *m, enum call call, const char *only, unsigned from, unsigned to, enum lie lie) {
        struct fault *f = machine_fault(m, call, from, to, EFI_SECURITY_VIOLATION);

        f->only = only;
        f->lie = lie;
        return f;
}

void misuse(const char *what, const char *whom) {
        if (!the_machine->misuse[0])
                snprintf(the_machine->misuse, sizeof(the_machine->misuse), "%s%s", what, whom);
}
