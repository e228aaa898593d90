/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto.h"
#include "tiny.h"

#define NAME_ROOM 512u /* characters */

static const EFI_GUID whole_vendors[] = { UKILOAD_GUID, LOADER_GUID };
/* A star stands for the rest of the name, a question mark for one character. */
static const char wanted_names[][24] = { "SecureBoot",  "SetupMode",   "BootNext",           "BootOrder",
                                         "BootCurrent", "MokSBState*", "ShimRetainProtocol", "SbatLevelRT" };
static const char wanted_of_firmware[] = "Boot????";

static BOOLEAN same_guid(const EFI_GUID *a, const EFI_GUID *b) {
        const UINT8 *x = (const UINT8 *) a, *y = (const UINT8 *) b;

        for (UINTN i = 0; i < sizeof(*a); i++)
                if (x[i] != y[i])
                        return FALSE;
        return TRUE;
}

static BOOLEAN matches(const CHAR16 *name, const char *pattern) {
        for (; *pattern && *pattern != '*'; pattern++, name++)
                if (*name == 0 || (*pattern != '?' && *name != (CHAR16) *pattern))
                        return FALSE;
        return *pattern == '*' || *name == 0;
}

static BOOLEAN is_wanted(const CHAR16 *name, const EFI_GUID *vendor) {
        static const EFI_GUID global = GLOBAL_GUID;

        for (UINTN i = 0; i < sizeof(whole_vendors) / sizeof(*whole_vendors); i++)
                if (same_guid(vendor, &whole_vendors[i]))
                        return TRUE;
        for (UINTN i = 0; i < sizeof(wanted_names) / sizeof(*wanted_names); i++)
                if (matches(name, wanted_names[i]))
                        return TRUE;
        return same_guid(vendor, &global) && matches(name, wanted_of_firmware);
}

static void say_number(UINT32 value, UINTN bytes) {
        for (; bytes > 0; bytes--) {
                UINT8 byte = (UINT8) (value >> (8 * (bytes - 1)));

                say_hex(&byte, 1);
        }
}

static void say_guid(const EFI_GUID *g) {
        say_number(g->Data1, 4);
        say("-");
        say_number(g->Data2, 2);
        say("-");
        say_number(g->Data3, 2);
        say("-");
        say_hex(g->Data4, 2);
        say("-");
        say_hex(g->Data4 + 2, 6);
}

/* NAME-GUID, the attributes in four bytes, the data: as efivarfs has them. */
static void report_one(const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes, const void *data, UINTN size) {
        if (!(attributes & EFI_VARIABLE_RUNTIME_ACCESS))
                return;
        say("@@var ");
        for (; *name; name++)
                say_bytes(name, 1);
        say("-");
        say_guid(vendor);
        say(" ");
        say_hex(&attributes, sizeof(attributes));
        say_hex(data, size);
        say("\n");
}

static void read_one(EFI_SYSTEM_TABLE *st, CHAR16 *name, EFI_GUID *vendor) {
        EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;
        UINT32 attributes = 0;
        UINTN size = 0;
        void *data;

        if (rt->GetVariable(name, vendor, &attributes, &size, NULL) != EFI_BUFFER_TOO_SMALL ||
            st->BootServices->AllocatePool(EfiLoaderData, size, &data) != EFI_SUCCESS)
                return;
        if (rt->GetVariable(name, vendor, &attributes, &size, data) == EFI_SUCCESS)
                report_one(name, vendor, attributes, data, size);
        (void) st->BootServices->FreePool(data);
}

void report_variables(EFI_SYSTEM_TABLE *st) {
        static CHAR16 name[NAME_ROOM];
        EFI_GUID vendor;
        UINTN size = sizeof(name);

        while (st->RuntimeServices->GetNextVariableName(&size, name, &vendor) == EFI_SUCCESS) {
                if (is_wanted(name, &vendor))
                        read_one(st, name, &vendor);
                size = sizeof(name);
        }
}
