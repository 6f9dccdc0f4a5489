/* Enter the prober's sandbox, then try what a prober under somebody else's control would. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/sandbox.h"

static void try_nothing(void)
{
}

static void try_read(void)
{
    if (open("/etc/hosts", O_RDONLY | O_CLOEXEC) < 0)
        _exit(2);
}

static void try_execve(void)
{
    execl("/bin/true", "true", (char *)NULL);
}

static void try_fork(void)
{
    fork();
}

static void try_ptrace(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void try_netlink(void)
{
    socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static void try_packet(void)
{
    socket(AF_PACKET, SOCK_RAW, ETH_P_ALL);
}

static void try_write(void)
{
    open("/dev/null", O_WRONLY);
}

static void try_create(void)
{
    open("/tmp/muster-escape", O_RDONLY | O_CREAT, 0600);
}

static void try_kill(void)
{
    kill(getpid(), 0);
}

static void try_mount(void)
{
    mount("none", "/mnt", "tmpfs", 0, NULL);
}

static void try_exec_memory(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_listen(void)
{
    listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static void try_setuid(void)
{
    setuid(0);
}

static const struct {
    const char *name;
    void (*attempt)(void);
} attempts[] = {
    {"nothing", try_nothing}, {"read", try_read},       {"execve", try_execve}, {"fork", try_fork},
    {"ptrace", try_ptrace},   {"netlink", try_netlink}, {"packet", try_packet}, {"write", try_write},
    {"create", try_create},   {"kill", try_kill},       {"mount", try_mount},   {"exec-memory", try_exec_memory},
    {"listen", try_listen},   {"setuid", try_setuid},
};

int main(int argc, char **argv)
{
    struct err e;
    size_t descriptors;
    if (argc != 2 || sandbox_enter(&descriptors, &e) != 0)
        return 2;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        if (strcmp(attempts[i].name, argv[1]) == 0) {
            attempts[i].attempt();
            return 0;
        }
    }
    return 2;
}
