/*
 * wait - what tests/bench/wait needs to be quick: `wait serve COUNT` and `wait poll PORT`.
 *
 * serve: prints the ports of an HTTP server and of COUNT others that accept, and serves them until its input ends. A connection
 *        is closed when the other side closes it.
 * poll:  the bare poller: connect to a port of this machine until it accepts, after 1/128 of the time waited, 5 ms at least.
 *        It holds nothing, tells nothing, knows no protocol: nobody who waits by that rule can be quicker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX 10000
#define EVENTS_MAX 256
#define MIN_US 5000U
#define MAX_US 250000U

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

enum kind { INPUT, HTTP, OTHER, CONNECTION };

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void watch(int set, int fd, enum kind kind)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | (uint32_t)fd};
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) != 0)
        fail("epoll_ctl");
}

static struct sockaddr_in here(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void listen_anywhere(int set, enum kind kind)
{
    struct sockaddr_in a = here(0);
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        fail("listen");
    printf("%u\n", ntohs(a.sin_port));
    watch(set, fd, kind);
}

static void accept_all(int set, int fd)
{
    for (int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK); peer >= 0; peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK))
        watch(set, peer, CONNECTION);
}

/* Whoever says something wants HTTP. */
static void converse(int fd)
{
    char bytes[4096];
    if (read(fd, bytes, sizeof bytes) <= 0 || write(fd, answer, sizeof answer - 1) < 0)
        close(fd);
    else
        shutdown(fd, SHUT_WR);
}

static void serve(int count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int set = epoll_create1(0);
    watch(set, 0, INPUT);
    for (int i = 0; i <= count; i++)
        listen_anywhere(set, i == 0 ? HTTP : OTHER);
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(set, events, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            enum kind kind = (enum kind)(events[i].data.u64 >> 32);
            int fd = (int)(uint32_t)events[i].data.u64;
            if (kind == INPUT)
                exit(0);
            if (kind == CONNECTION)
                converse(fd);
            else
                accept_all(set, fd);
        }
    }
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000U + (uint64_t)t.tv_nsec / 1000U;
}

static void poll_port(uint16_t port)
{
    struct sockaddr_in a = here(port);
    uint64_t begun = now_us();
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
            exit(0);
        close(fd);
        uint64_t pause = (now_us() - begun) / 128;
        pause = pause < MIN_US ? MIN_US : pause > MAX_US ? MAX_US : pause;
        usleep((useconds_t)pause);
    }
}

int main(int argc, char **argv)
{
    int number = argc == 3 ? atoi(argv[2]) : 0;
    if (argc == 3 && strcmp(argv[1], "serve") == 0 && number >= 0 && number <= PORTS_MAX)
        serve(number);
    if (argc == 3 && strcmp(argv[1], "poll") == 0 && number > 0 && number <= UINT16_MAX)
        poll_port((uint16_t)number);
    fprintf(stderr, "usage: wait serve COUNT | wait poll PORT\n");
    return 2;
}
