/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sections of the image that no compiler writes. Sizes are exact: what reads them (shim, systemd-boot,
 * ukiload itself) goes by VirtualSize.
 */

        .section .sbat, "a", %progbits
        .incbin SBAT_FILE

        .section .osrel, "a", %progbits
        .incbin OSREL_FILE

        .section .ukipol, "a", %progbits
        .incbin POLICY_FILE

/*
 * Loaders take an image without base relocations for one that cannot move. So there is one block that
 * relocates nothing: a page inside the image, the size, and two entries of type ABSOLUTE (padding).
 * A constant page, unlike the difference that some versions of gnu-efi use: EDK2 refuses a negative one.
 */
        .section .reloc, "a", %progbits
        .long 0x1000
        .long 12
        .short 0, 0

        .section .note.GNU-stack, "", %progbits
