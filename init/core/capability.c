#include "init/core/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/base/text.h"

#define PREFIX "CAP_"
#define PREFIX_LEN (sizeof PREFIX - 1)
#define WORD_MAX 64
#define WORD_BITS 32
#define SET_BITS 64UL

static const char *const names[] = {
    [CAP_CHOWN] = "CHOWN",
    [CAP_DAC_OVERRIDE] = "DAC_OVERRIDE",
    [CAP_DAC_READ_SEARCH] = "DAC_READ_SEARCH",
    [CAP_FOWNER] = "FOWNER",
    [CAP_FSETID] = "FSETID",
    [CAP_KILL] = "KILL",
    [CAP_SETGID] = "SETGID",
    [CAP_SETUID] = "SETUID",
    [CAP_SETPCAP] = "SETPCAP",
    [CAP_LINUX_IMMUTABLE] = "LINUX_IMMUTABLE",
    [CAP_NET_BIND_SERVICE] = "NET_BIND_SERVICE",
    [CAP_NET_BROADCAST] = "NET_BROADCAST",
    [CAP_NET_ADMIN] = "NET_ADMIN",
    [CAP_NET_RAW] = "NET_RAW",
    [CAP_IPC_LOCK] = "IPC_LOCK",
    [CAP_IPC_OWNER] = "IPC_OWNER",
    [CAP_SYS_MODULE] = "SYS_MODULE",
    [CAP_SYS_RAWIO] = "SYS_RAWIO",
    [CAP_SYS_CHROOT] = "SYS_CHROOT",
    [CAP_SYS_PTRACE] = "SYS_PTRACE",
    [CAP_SYS_PACCT] = "SYS_PACCT",
    [CAP_SYS_ADMIN] = "SYS_ADMIN",
    [CAP_SYS_BOOT] = "SYS_BOOT",
    [CAP_SYS_NICE] = "SYS_NICE",
    [CAP_SYS_RESOURCE] = "SYS_RESOURCE",
    [CAP_SYS_TIME] = "SYS_TIME",
    [CAP_SYS_TTY_CONFIG] = "SYS_TTY_CONFIG",
    [CAP_MKNOD] = "MKNOD",
    [CAP_LEASE] = "LEASE",
    [CAP_AUDIT_WRITE] = "AUDIT_WRITE",
    [CAP_AUDIT_CONTROL] = "AUDIT_CONTROL",
    [CAP_SETFCAP] = "SETFCAP",
    [CAP_MAC_OVERRIDE] = "MAC_OVERRIDE",
    [CAP_MAC_ADMIN] = "MAC_ADMIN",
    [CAP_SYSLOG] = "SYSLOG",
    [CAP_WAKE_ALARM] = "WAKE_ALARM",
    [CAP_BLOCK_SUSPEND] = "BLOCK_SUSPEND",
    [CAP_AUDIT_READ] = "AUDIT_READ",
    [CAP_PERFMON] = "PERFMON",
    [CAP_BPF] = "BPF",
    [CAP_CHECKPOINT_RESTORE] = "CHECKPOINT_RESTORE",
};
#define NAMES (sizeof names / sizeof names[0])

const char *capability_name(unsigned number)
{
    return number < NAMES ? names[number] : NULL;
}

static const char *name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return names[i];
}

static int parse_word(const char *word, uint64_t *mask, struct err *e)
{
    if (strcasecmp(word, "all") == 0) {
        *mask = CAPABILITY_ALL;
        return 0;
    }
    const char *name = strncasecmp(word, PREFIX, PREFIX_LEN) == 0 ? word + PREFIX_LEN : word;
    for (size_t i = 0; i < NAMES; i++) {
        if (strcasecmp(names[i], name) == 0) {
            *mask |= CAPABILITY_BIT(i);
            return 0;
        }
    }
    const char *near = text_nearest(name, name_at, NULL, NAMES);
    if (near != NULL) {
        return err_set(e, ERR_USAGE, 0, "capability %s: unknown; did you mean %s?", word, near);
    }
    return err_set(e, ERR_USAGE, 0, "capability %s: unknown; write like NET_RAW,CHOWN, or all", word);
}

int capability_parse(const char *text, uint64_t *mask, struct err *e)
{
    uint64_t found = 0;
    for (const char *at = text; at != NULL;) {
        char word[WORD_MAX];
        size_t len = strcspn(at, ",");
        if (len == 0 || len >= sizeof word) {
            return err_set(e, ERR_USAGE, 0, "capabilities \"%s\": write like NET_RAW,CHOWN, or all", text);
        }
        memcpy(word, at, len);
        word[len] = '\0';
        if (parse_word(word, &found, e) != 0) {
            return -1;
        }
        at = at[len] == '\0' ? NULL : at + len + 1;
    }
    *mask = found;
    return 0;
}

/* The kernel takes two words of 32 bits a set. */
static uint64_t join(uint32_t low, uint32_t high)
{
    return ((uint64_t)high << WORD_BITS) | low;
}

int capability_get(struct capability_sets *out)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) {
        return -1;
    }
    *out = (struct capability_sets){
        .effective = join(data[0].effective, data[1].effective),
        .permitted = join(data[0].permitted, data[1].permitted),
        .inheritable = join(data[0].inheritable, data[1].inheritable),
    };
    return 0;
}

int capability_set(const struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].effective = (uint32_t)(sets->effective >> (i * WORD_BITS));
        data[i].permitted = (uint32_t)(sets->permitted >> (i * WORD_BITS));
        data[i].inheritable = (uint32_t)(sets->inheritable >> (i * WORD_BITS));
    }
    return (int)syscall(SYS_capset, &header, data);
}

int capability_unbound(uint64_t mask)
{
    for (unsigned long bit = 0; bit < SET_BITS; bit++) {
        /* 1 = still in, 0 = out, -1 = the kernel has no such capability */
        if ((mask & CAPABILITY_BIT(bit)) != 0 && prctl(PR_CAPBSET_READ, bit, 0UL, 0UL, 0UL) == 1 &&
            prctl(PR_CAPBSET_DROP, bit, 0UL, 0UL, 0UL) != 0) {
            return -1;
        }
    }
    return 0;
}

int capability_make_ambient(uint64_t mask)
{
    for (unsigned long bit = 0; bit < SET_BITS; bit++) {
        if ((mask & CAPABILITY_BIT(bit)) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0UL, 0UL) != 0) {
            return -1;
        }
    }
    return 0;
}
