/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS among the tables of firmware: by either entry point, wherever it stands. */
#include <sys/mman.h>

#include "inside.h"

#include "smbios_strings.h"

static const EFI_GUID v3 = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } },
                      v2 = { 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } },
                      acpi = { 0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } };

/* A machine with a string, and its tables in the order that the test gives them. */
static struct machine *with_string(void) {
        struct machine *m = machine_new();

        m->smbios = "io.systemd.stub.kernel-cmdline-extra=host=1";
        machine_start(m);
        m->in->st.NumberOfTableEntries = 0;
        return m;
}

static void add(struct machine *m, const EFI_GUID *guid, void *table) {
        m->in->tables[m->in->st.NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE) { *guid, table };
}

static void says(struct machine *m, const char *words) {
        const struct span s = smbios_text(SMBIOS_STUB_EXTRA);

        assert_int_equal(s.n, strlen(words));
        assert_memory_equal(s.n ? s.p : (const void *) "", words, s.n);
        machine_free(m);
}

static void other_tables_and_empty_ones_are_passed_over(void **state) {
        static uint8_t other[64];
        struct machine *m = with_string();

        (void) state;
        add(m, &acpi, other);
        add(m, &v3, NULL);
        add(m, &v3, m->in->smbios_entry);
        says(m, "host=1");
        m = with_string();
        add(m, &v3, NULL);
        says(m, "");
        m = with_string();
        add(m, &acpi, m->in->smbios_entry);
        says(m, "");
        m = with_string();
        says(m, "");
}

/* DSP0134 3.7, 5.2.1: 31 bytes, at 0x16 the size of the table and at 0x18 its address in 32 bits. */
static void an_older_entry_point_leads_to_the_table_as_well(void **state) {
        const size_t size = sizeof(((struct inside *) 0)->smbios);
        void *hint = (void *) 0x10000000; /* MAP_32BIT is x86's */
        uint8_t *low = mmap(hint, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uint8_t entry[0x1f] = { '_', 'S', 'M', '_', 0, sizeof(entry) };
        uint32_t address = (uint32_t) (uintptr_t) low;
        struct machine *m = with_string();

        (void) state;
        assert_ptr_not_equal(low, MAP_FAILED);
        assert_true((uintptr_t) low < UINT32_MAX - size);
        memcpy(low, m->in->smbios, size);
        memcpy(entry + 0x16, m->in->smbios_entry + 0x0c, 2);
        memcpy(entry + 0x18, &address, 4);
        add(m, &v2, entry);
        says(m, "host=1");
        m = with_string();
        add(m, &v3, entry); /* which has 24 bytes */
        says(m, "");
        m = with_string();
        entry[0] = '?';
        add(m, &v2, entry);
        says(m, "");
        munmap(low, size);
}

static void a_confidential_vm_is_told_nothing(void **state) {
        struct machine *m = with_string();

        (void) state;
        add(m, &v3, m->in->smbios_entry);
        m->confidential = true;
        says(m, "");
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(other_tables_and_empty_ones_are_passed_over),
                T(an_older_entry_point_leads_to_the_table_as_well),
                T(a_confidential_vm_is_told_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
