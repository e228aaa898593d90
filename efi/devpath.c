/* SPDX-License-Identifier: BSD-2-Clause */
#include "devpath.h"

#include "utf8.h"

#define DEVPATH_BYTES_MAX 4096u
/* UEFI 2.10, table 10-49. <efi.h> has the structure unpacked, and its size is that of a longer node. */
#define HARDDRIVE_NODE_BYTES     42u
#define HARDDRIVE_SIGNATURE      24u
#define HARDDRIVE_SIGNATURE_TYPE 41u

static size_t node_bytes(const EFI_DEVICE_PATH *node) {
        return (size_t) node->Length[0] | (size_t) node->Length[1] << 8;
}

static bool is_end(const EFI_DEVICE_PATH *node) {
        return (node->Type & 0x7f) == END_DEVICE_PATH_TYPE;
}

/* The node at byte offset at, or NULL at the end or where a node's length makes no sense. */
static const EFI_DEVICE_PATH *node_at(const EFI_DEVICE_PATH *path, size_t at) {
        const EFI_DEVICE_PATH *node;

        if (!path || at > DEVPATH_BYTES_MAX)
                return NULL;
        node = (const void *) ((const uint8_t *) path + at);
        return is_end(node) || node_bytes(node) < sizeof(*node) ? NULL : node;
}

size_t devpath_size(const EFI_DEVICE_PATH *path) {
        size_t at = 0;

        for (const EFI_DEVICE_PATH *node; (node = node_at(path, at)); at += node_bytes(node))
                ;
        return at > DEVPATH_BYTES_MAX ? 0 : at;
}

/* The first `bytes` of base, a node, End. */
static EFI_DEVICE_PATH *join(const EFI_DEVICE_PATH *base, size_t bytes, const void *node, size_t node_size) {
        uint8_t *out = fw_alloc(bytes + node_size + sizeof(EFI_DEVICE_PATH));
        EFI_DEVICE_PATH *end;

        if (!out)
                return NULL;
        memcpy(out, base, bytes);
        if (node_size > 0)
                memcpy(out + bytes, node, node_size);
        end = (void *) (out + bytes + node_size);
        end->Type = END_DEVICE_PATH_TYPE;
        end->SubType = END_ENTIRE_DEVICE_PATH_SUBTYPE;
        end->Length[0] = sizeof(*end);
        return (void *) out;
}

EFI_DEVICE_PATH *devpath_join(const EFI_DEVICE_PATH *base, const void *node, size_t node_size) {
        return join(base, devpath_size(base), node, node_size);
}

EFI_DEVICE_PATH *devpath_file(const EFI_DEVICE_PATH *base, const char *path) {
        size_t room = strlen(path) + 1, bytes;
        FW_POOL uint8_t *node = fw_alloc(sizeof(EFI_DEVICE_PATH) + room * sizeof(CHAR16));
        EFI_DEVICE_PATH *head = (void *) node;
        CHAR16 *text;

        if (!node)
                return NULL;
        text = (void *) (node + sizeof(*head)); /* byte 4: aligned */
        if (!ucs2_from_utf8(path, text, room))
                return NULL;
        bytes = sizeof(*head) + (ucs2_len(text, room) + 1) * sizeof(CHAR16);
        if (bytes > 0xffff)
                return NULL;
        head->Type = MEDIA_DEVICE_PATH;
        head->SubType = MEDIA_FILEPATH_DP;
        head->Length[0] = (UINT8) bytes;
        head->Length[1] = (UINT8) (bytes >> 8);
        return devpath_join(base, node, bytes);
}

/* The byte offset of the HARDDRIVE node; false if there is none. */
static bool partition_at(const EFI_DEVICE_PATH *path, size_t *ret_at) {
        size_t at = 0;

        for (const EFI_DEVICE_PATH *node; (node = node_at(path, at)); at += node_bytes(node))
                if (node->Type == MEDIA_DEVICE_PATH && node->SubType == MEDIA_HARDDRIVE_DP &&
                    node_bytes(node) >= HARDDRIVE_NODE_BYTES) {
                        *ret_at = at;
                        return true;
                }
        return false;
}

/* By offsets: nodes stand at any byte, and the structure of <efi.h> wants to be aligned. */
bool devpath_partition_guid(const EFI_DEVICE_PATH *path, uint8_t ret[16]) {
        const uint8_t *node;
        size_t at;

        if (!partition_at(path, &at))
                return false;
        node = (const uint8_t *) path + at;
        if (node[HARDDRIVE_SIGNATURE_TYPE] != SIGNATURE_TYPE_GUID)
                return false;
        memcpy(ret, node + HARDDRIVE_SIGNATURE, 16);
        return true;
}

bool devpath_same_disk(const EFI_DEVICE_PATH *a, const EFI_DEVICE_PATH *b) {
        size_t at_a = 0, at_b = 0;

        return partition_at(a, &at_a) && partition_at(b, &at_b) && at_a == at_b && memcmp(a, b, at_a) == 0;
}

EFI_DEVICE_PATH *devpath_disk(const EFI_DEVICE_PATH *partition) {
        size_t at;

        return partition_at(partition, &at) ? join(partition, at, NULL, 0) : NULL;
}

bool devpath_is_file(const EFI_DEVICE_PATH *path, const char *file) {
        const EFI_DEVICE_PATH *node = node_at(path, 0);
        struct span rest = span_of(file), text;
        uint16_t there, c = 1;

        if (!node || node->Type != MEDIA_DEVICE_PATH || node->SubType != MEDIA_FILEPATH_DP || node_at(path, node_bytes(node)))
                return false;
        text = (struct span) { (const uint8_t *) node + sizeof(*node), node_bytes(node) - sizeof(*node) };
        for (size_t i = 0; c != 0; i++) {
                if (rest.n == 0)
                        c = 0; /* the NUL, which is the last of the node */
                else if (!utf8_next(&rest, &c))
                        return false;
                if (!span_u16(text, 2 * i, &there) || there != c || (c == 0 && text.n != 2 * (i + 1)))
                        return false;
        }
        return true;
}
