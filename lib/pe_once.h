/* SPDX-License-Identifier: BSD-2-Clause */
/* "Judged once, used again": what a loader does to an image beyond copying each section to its place, and what of that would make
 * two loads of one file differ. Followed: EDK2 (MdePkg BasePeCoffLib, MdeModulePkg DxeCore Image.c; 2022 to 2026) and shim 15.8
 * and 16.1 (pe.c, pe-relocate.c). doc/threat-model.md, "Judged once, used again", has the list of what they write, and for each
 * why it cannot matter or who refuses it.
 *
 * A loader that relocates adds (address - ImageBase) to the places that data directory 5 names, wherever they lie; it finds them
 * by the directory and not by a section's name. At ImageBase it does nothing, and does not even look whether the directory is
 * sound. */
#pragma once

#include "pe.h"

/* In each, judged are the n names of the sections that must be the same wherever and whenever the image is loaded; NULL: all of
 * them. */

/* Refuses base relocations that change a judged section, the headers, what lies between sections, or the relocations themselves;
 * and those that a loader could take at one address and not at another: a directory outside of exactly one section or above 1
 * MiB, a block that is misaligned, shorter than its head or not inside the directory, a page outside of the image, a kind that
 * firmware does not know. Padding (ABSOLUTE) is no relocation. In a loaded image the blocks are not read if their section is one
 * that pe_once_sections would refuse, as most are (.reloc is discardable): shim does not load such. Whoever judges a loaded image
 * has judged its file. Appends one clause to why. */
bool pe_once_relocations(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why);

/* Refuses a judged section that not every loader copies: not marked readable or marked discardable (shim leaves what was in
 * memory before), or marked as uninitialised (shim makes zeros of it, EDK2 copies the file). One with VirtualSize 0 is not
 * there. */
bool pe_once_sections(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why);

/* Refuses a debug directory by which EDK2 would load data of the file behind the last section of the table, be that another
 * section's place, and write that address into the directory. */
bool pe_once_debug(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why);
