/* SPDX-License-Identifier: BSD-2-Clause */
/* Device paths: the few things that are needed of UEFI 2.10 chapter 10. Every walk is bounded; firmware's paths are not trusted
 * to end. */
#pragma once

#include "fw.h"

/* Bytes of all nodes before the End node, or before one whose length makes no sense; 0 if path is NULL or has no end in sight. */
size_t devpath_size(const EFI_DEVICE_PATH *path);
/* A new path (pool): base's nodes, one more node of node_size bytes (header included; may be NULL), End. */
EFI_DEVICE_PATH *devpath_join(const EFI_DEVICE_PATH *base, const void *node, size_t node_size);
/* A new path (pool): base's nodes, one FILEPATH node, End. */
EFI_DEVICE_PATH *devpath_file(const EFI_DEVICE_PATH *base, const char *path);
/* The partition's GUID at the end of a volume's path, as it stands on the disk; false if the path has none. */
bool devpath_partition_guid(const EFI_DEVICE_PATH *path, uint8_t ret[16]);
/* Both paths are partitions of one disk: equal up to their HARDDRIVE nodes. */
bool devpath_same_disk(const EFI_DEVICE_PATH *a, const EFI_DEVICE_PATH *b);
/* The disk under a partition (pool): the nodes before its HARDDRIVE node. */
EFI_DEVICE_PATH *devpath_disk(const EFI_DEVICE_PATH *partition);
/* The path is one FILEPATH node with this text, and End. */
bool devpath_is_file(const EFI_DEVICE_PATH *path, const char *file);
