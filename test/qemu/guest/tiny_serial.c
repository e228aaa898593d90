/* SPDX-License-Identifier: BSD-2-Clause */
#include "tiny.h"

#if defined(__x86_64__)

#define COM1        0x3f8u
#define LINE_STATUS (COM1 + 5)
#define CAN_TAKE    0x20u

static UINT8 read_port(UINT16 port) {
        UINT8 value;

        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static void put(UINT8 byte) {
        while (!(read_port(LINE_STATUS) & CAN_TAKE))
                ;
        __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"((UINT16) COM1));
}

#else

/* The PL011 of QEMU's machine "virt". */
#define UART       0x09000000u
#define UART_FLAGS (UART + 0x18)
#define IS_FULL    0x20u

static void put(UINT8 byte) {
        while (*(volatile UINT32 *) (UINTN) UART_FLAGS & IS_FULL)
                ;
        *(volatile UINT32 *) (UINTN) UART = byte;
}

#endif

void say(const char *text) {
        while (*text)
                put((UINT8) *text++);
}

void say_bytes(const void *bytes, UINTN n) {
        const UINT8 *p = bytes;

        while (n-- > 0)
                put(*p++);
}

void say_hex(const void *bytes, UINTN n) {
        const UINT8 *p = bytes;

        for (; n > 0; n--, p++) {
                put((UINT8) "0123456789abcdef"[*p >> 4]);
                put((UINT8) "0123456789abcdef"[*p & 15]);
        }
}
