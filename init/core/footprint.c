#include "init/core/footprint.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* Deeper than anything has been on the stack by then: spawn() lends 64 KiB of it. */
#define STACK_USED_MAX ((uintptr_t)160 * 1024)

static void let_go(uintptr_t start, uintptr_t end)
{
    if (start < end) {
        (void)madvise((void *)start, end - start,
                      MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr): page addresses */
    }
}

/* What lies below the stack pointer is dead. Instrumented builds keep notes about it elsewhere. */
static void let_go_of_stack(uintptr_t page)
{
#ifndef __SANITIZE_ADDRESS__
    char here;
    uintptr_t top = ((uintptr_t)&here & ~(page - 1)) - page;
    let_go(top - STACK_USED_MAX, top);
#else
    (void)page;
#endif
}

void footprint_shrink(void)
{
    const uintptr_t headers = getauxval(AT_PHDR);
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const ElfW(Phdr) *ph =
        (const ElfW(Phdr) *)headers; /* NOLINT(performance-no-int-to-ptr): getauxval(3) has no other */
    uintptr_t base = 0;
    for (size_t i = 0; i < getauxval(AT_PHNUM); i++) {
        if (ph[i].p_type == PT_LOAD && ph[i].p_offset == 0) {
            base = headers - sizeof(ElfW(Ehdr)) - ph[i].p_vaddr; /* they follow the ELF header */
        }
    }
    /* Backwards: the first segment holds the headers that are read here. */
    for (size_t i = getauxval(AT_PHNUM); i-- > 0;) {
        if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_W) == 0) {
            let_go((base + ph[i].p_vaddr) & ~(page - 1), base + ph[i].p_vaddr + ph[i].p_memsz);
        }
    }
    let_go_of_stack(page);
}
