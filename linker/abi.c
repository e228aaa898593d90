/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiled with every firmware build and empty: gnu-efi's headers say nothing when the Microsoft calling
 * convention is not in effect, and every call into firmware would then pass its arguments in the wrong
 * registers.
 */
#include <efi.h>

#if defined(__x86_64__) && !defined(HAVE_USE_MS_ABI)
#error "gnu-efi does not use the Microsoft calling convention: compile with -DGNU_EFI_USE_MS_ABI"
#endif

#if defined(__x86_64__)
_Static_assert(!__builtin_types_compatible_p(void (*)(void), void(EFIAPI *)(void)),
               "EFIAPI has no effect: calls into firmware would use the wrong registers");
#endif
_Static_assert(sizeof(CHAR16) == 2 && sizeof(L' ') == 2, "CHAR16 and L\"\" must be 16 bits wide: -fshort-wchar");
_Static_assert(sizeof(UINTN) == sizeof(void *), "UINTN must be as wide as a pointer");
