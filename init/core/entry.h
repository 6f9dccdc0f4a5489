/*
 * entry - where the shipped binary begins.
 */
#ifndef MUSTER_CORE_ENTRY_H
#define MUSTER_CORE_ENTRY_H

#include <stdint.h>

/* The signal mask that we were started with. Weak: where entry.c is not linked in, its address is NULL. */
extern uint64_t entry_inherited_mask __attribute__((weak));

#endif
