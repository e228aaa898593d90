/* SPDX-License-Identifier: BSD-2-Clause */
/* The rest of what efi/ asks firmware for: the screen, the clock, a random generator, tables, SMBIOS, reset. */
#include "inside.h"

#include "fw.h"
#include "proto.h"

/* The screen as ASCII: each line as it is printed, without the carriage return before its end. */
static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *s) {
        struct machine *m = the_machine;
        size_t at = strlen(m->screen);

        (void) this;
        for (; *s && at + 1 < sizeof(m->screen); s++)
                if (s[0] != '\r' || s[1] != '\n')
                        m->screen[at++] = *s < 0x7f ? (char) *s : '?';
        m->screen[at] = 0;
        return EFI_SUCCESS;
}

/* As wide as the console takes: sentences stay on one line more often. */
static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode, UINTN *columns, UINTN *rows) {
        (void) this;
        (void) mode;
        *columns = 240;
        *rows = 67;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attribute(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN attribute) {
        (void) this;
        (void) attribute;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear_screen(SIMPLE_TEXT_OUTPUT_INTERFACE *this) {
        (void) this;
        the_machine->screen[0] = 0;
        return EFI_SUCCESS;
}

void console_services(struct machine *m) {
        m->in->out.OutputString = output_string;
        m->in->out.ClearScreen = clear_screen;
        m->in->out.QueryMode = query_mode;
        m->in->out.SetAttribute = set_attribute;
        m->in->out.Mode = &m->in->out_mode;
        m->in->st.ConOut = &m->in->out;
}

bool fw_confidential_vm(void) {
        return the_machine->confidential;
}

static EFI_STATUS EFIAPI stall(UINTN us) {
        the_machine->slept_ms += (unsigned) (us / 1000);
        the_machine->stalled_ms += (unsigned) (us / 1000);
        return EFI_SUCCESS;
}

/* One event at a time is enough: a timer that somebody waits for. */
static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *ret) {
        const struct fault *f = fault_at(CALL_CREATE_EVENT, NULL);
        struct inside *in = the_machine->in;

        (void) tpl;
        (void) context;
        if (fails(f))
                return f->status;
        if (type != EVT_TIMER || notify || in->timer_there)
                misuse("CreateEvent of something else than a timer to wait for", "");
        in->timer_there = true;
        in->timer = 0;
        *ret = &in->timer;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT which, EFI_TIMER_DELAY type, UINT64 in_100_ns) {
        const struct fault *f = fault_at(CALL_SET_TIMER, NULL);

        if (fails(f))
                return f->status;
        if (which != &the_machine->in->timer || !the_machine->in->timer_there || type != TimerRelative)
                misuse("SetTimer of another event", "");
        the_machine->in->timer = in_100_ns;
        the_machine->in->timer_set = the_machine->in->now;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI wait_for_event(UINTN n, EFI_EVENT *which, UINTN *ret) {
        const struct fault *f = fault_at(CALL_WAIT, NULL);
        struct inside *in = the_machine->in;

        if (fails(f))
                return f->status;
        if (n != 1 || *which != &in->timer || !in->timer_there || in->timer == 0)
                misuse("WaitForEvent for what never comes", "");
        the_machine->slept_ms += (unsigned) (in->timer / 10000);
        *ret = 0;
        return EFI_SUCCESS;
}

/* Time passes while files are read. */
static EFI_STATUS EFIAPI check_event(EFI_EVENT which) {
        const struct fault *f = fault_at(CALL_CHECK, NULL);
        struct inside *in = the_machine->in;

        if (fails(f))
                return f->status;
        if (which != &in->timer || !in->timer_there)
                misuse("CheckEvent of another event", "");
        if (in->timer == 0 || in->now - in->timer_set < in->timer)
                return EFI_NOT_READY;
        in->timer = 0;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT which) {
        if (which != &the_machine->in->timer || !the_machine->in->timer_there)
                misuse("CloseEvent of what is closed", "");
        the_machine->in->timer_there = false;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN seconds, UINT64 code, UINTN size, CHAR16 *data) {
        (void) code;
        (void) size;
        (void) data;
        the_machine->watchdog_s = (unsigned) seconds;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI next_count(UINT64 *ret) {
        static UINT64 count;

        *ret = ++count;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *ret, EFI_TIME_CAPABILITIES *capabilities) {
        const struct fault *f = fault_at(CALL_TIME, NULL);

        (void) capabilities;
        if (fails(f))
                return f->status;
        *ret = (EFI_TIME) { .Year = 2026, .Month = 1, .Day = 2 };
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data) {
        (void) status;
        (void) size;
        (void) data;
        if (type != EfiResetCold)
                misuse("ResetSystem that is not cold", "");
        the_machine->reset = true; /* and comes back, which must do no harm: so memory can be counted */
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install_table(EFI_GUID *guid, VOID *table) {
        const struct fault *f = fault_at(CALL_TABLE, NULL);
        struct inside *in = the_machine->in;

        if (fails(f))
                return f->status;
        (void) block_keep(table);
        in->tables[in->st.NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE) { *guid, table };
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_rng(struct rng *this, EFI_GUID *algorithm, UINTN size, UINT8 *ret) {
        const struct fault *f = fault_at(CALL_RNG, NULL);

        (void) this;
        (void) algorithm;
        if (fails(f))
                return f->status;
        memset(ret, 0x5c, size);
        return EFI_SUCCESS;
}

/* A 64-bit entry point and one structure of type 11 with one string. */
static void make_smbios(struct machine *m) {
        static const EFI_GUID v3 = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };
        uint8_t *e = m->in->smbios_entry, *s = m->in->smbios, sum = 0;
        uint64_t address = (uintptr_t) s;
        size_t n = strlen(m->smbios);

        memset(s, 0, sizeof(m->in->smbios));
        s[0] = 11;
        s[1] = 5;
        s[4] = 1;
        memcpy(s + 5, m->smbios, n);
        s[7 + n] = 127;
        s[8 + n] = 4;
        memset(e, 0, sizeof(m->in->smbios_entry));
        memcpy(e, "_SM3_", 5);
        e[6] = 0x18;
        e[7] = 3;
        e[10] = 1;
        e[12] = (uint8_t) (13 + n);
        e[13] = (uint8_t) ((13 + n) >> 8);
        memcpy(e + 16, &address, 8);
        for (unsigned i = 0; i < 0x18; i++)
                sum = (uint8_t) (sum + e[i]);
        e[5] = (uint8_t) (0 - sum);
        m->in->tables[m->in->st.NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE) { v3, e };
}

void extra_services(struct machine *m) {
        static const EFI_GUID rng = RNG_GUID;
        static struct rng generator = { NULL, get_rng };
        struct inside *in = m->in;

        in->timer_there = false;
        in->bs.Stall = stall;
        in->bs.CreateEvent = create_event;
        in->bs.SetTimer = set_timer;
        in->bs.WaitForEvent = wait_for_event;
        in->bs.CheckEvent = check_event;
        in->bs.CloseEvent = close_event;
        in->bs.SetWatchdogTimer = set_watchdog;
        in->bs.GetNextMonotonicCount = next_count;
        in->bs.InstallConfigurationTable = install_table;
        in->rt.GetTime = get_time;
        in->rt.ResetSystem = reset_system;
        in->st.ConfigurationTable = in->tables;
        if (m->smbios)
                make_smbios(m);
        if (m->rng)
                handle_add(handle_new(m), &rng, &generator);
}
