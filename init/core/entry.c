/*
 * entry - the first instructions of the process: block every signal, then let the C library start.
 *
 * PID 1 loses a signal that arrives while its action is still the default one, pid_namespaces(7): without this, the time that
 * the C library takes to set itself up is a window in which `docker stop` goes unheard. Only the shipped binary is linked
 * to begin here (Makefile); signals_block_all() does it for others.
 */
#include "init/core/entry.h"

uint64_t entry_inherited_mask;
static const uint64_t entry_all_signals __attribute__((used)) = ~(uint64_t)0;

/* rt_sigprocmask(SIG_BLOCK, &entry_all_signals, &entry_inherited_mask, 8), then the C library's own beginning. */
#if defined(__x86_64__)
__asm__(".section .text.entry_start,\"ax\",@progbits\n"
        ".globl entry_start\n"
        "entry_start:\n"
        "    xor %edi, %edi\n"
        "    lea entry_all_signals(%rip), %rsi\n"
        "    lea entry_inherited_mask(%rip), %rdx\n"
        "    mov $8, %r10d\n"
        "    mov $14, %eax\n"
        "    syscall\n"
        "    xor %edx, %edx\n" /* no function to call at exit: the psABI's register for it */
        "    jmp _start\n"
        ".text\n");
#elif defined(__aarch64__)
__asm__(".section .text.entry_start,\"ax\",@progbits\n"
        ".globl entry_start\n"
        "entry_start:\n"
        "    mov x0, #0\n"
        "    adrp x1, entry_all_signals\n"
        "    add x1, x1, :lo12:entry_all_signals\n"
        "    adrp x2, entry_inherited_mask\n"
        "    add x2, x2, :lo12:entry_inherited_mask\n"
        "    mov x3, #8\n"
        "    mov x8, #135\n"
        "    svc #0\n"
        "    mov x0, #0\n"
        "    b _start\n"
        ".text\n");
#else
#error "entry_start is not written for this architecture"
#endif
