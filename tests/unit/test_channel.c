#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/wire/channel.h"
#include "tests/unit/suites.h"

static int ends[2];
static struct err e;

static void open_channel(void)
{
    ck_assert_int_eq(channel_pair(ends, &e), 0);
}

static void close_channel(void)
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

static void close_end(int i)
{
    close(ends[i]);
    ends[i] = -1;
}

static void send_cancel(int fd, uint32_t id)
{
    struct wire_cancel c = {.type = WIRE_CANCEL, .id = id};
    ck_assert_int_eq(channel_send(fd, &c, sizeof(c), &e), 1);
}

START_TEST(ends_are_close_on_exec_and_do_not_block)
{
    for (int i = 0; i < 2; i++) {
        ck_assert(fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
        ck_assert(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
    }
}
END_TEST

START_TEST(messages_keep_their_boundaries)
{
    union wire_message m;
    size_t len = 0;
    struct wire_recorded r = {.type = WIRE_RECORDED, .id = 7};
    send_cancel(ends[0], 3);
    ck_assert_int_eq(channel_send(ends[0], &r, sizeof(r), &e), 1);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), 1);
    ck_assert_uint_eq(len, sizeof(struct wire_cancel));
    ck_assert_uint_eq(m.cancel.id, 3);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), 1);
    ck_assert_uint_eq(len, sizeof(r));
    ck_assert_uint_eq(m.recorded.id, 7);
}
END_TEST

START_TEST(nothing_waiting_is_no_error)
{
    union wire_message m;
    size_t len = 42;
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), 0);
    ck_assert_uint_eq(len, 42);
}
END_TEST

START_TEST(a_full_queue_says_so_and_takes_messages_again_later)
{
    union wire_message m;
    size_t len;
    struct wire_cancel c = {.type = WIRE_CANCEL};
    int sent = 1;
    for (uint32_t i = 0; sent == 1; i++) {
        ck_assert_uint_lt(i, 100000);
        c.id = i;
        sent = channel_send(ends[0], &c, sizeof(c), &e);
    }
    ck_assert_int_eq(sent, 0);
    uint32_t expected = 0;
    while (channel_receive(ends[1], &m, &len, &e) == 1)
        ck_assert_uint_eq(m.cancel.id, expected++);
    ck_assert_uint_eq(expected, c.id);
    send_cancel(ends[0], 1);
}
END_TEST

START_TEST(a_closed_peer_is_an_error_after_its_last_message)
{
    union wire_message m;
    size_t len;
    send_cancel(ends[0], 9);
    close_end(0);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), 1);
    ck_assert_uint_eq(m.cancel.id, 9);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    ck_assert_ptr_nonnull(strstr(e.text, "closed"));
}
END_TEST

/* The kernel reports ECONNRESET in front of the queue when the peer died with unread messages. */
START_TEST(a_peer_that_died_with_unread_requests_still_delivers_its_verdict)
{
    union wire_message m;
    size_t len;
    send_cancel(ends[1], 1);
    send_cancel(ends[0], 9);
    close_end(0);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), 1);
    ck_assert_uint_eq(m.cancel.id, 9);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
}
END_TEST

START_TEST(sending_to_a_closed_peer_is_an_error_and_no_signal)
{
    struct wire_cancel c = {.type = WIRE_CANCEL};
    close_end(1);
    ck_assert_int_eq(channel_send(ends[0], &c, sizeof(c), &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
}
END_TEST

START_TEST(an_oversized_message_is_refused)
{
    static char huge[sizeof(union wire_message) + 1];
    union wire_message m;
    size_t len = 42;
    ck_assert_int_eq(channel_send(ends[0], huge, sizeof(huge), &e), 1);
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    ck_assert_uint_eq(len, 42);
}
END_TEST

START_TEST(descriptors_cannot_be_smuggled_in)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct wire_cancel c = {.type = WIRE_CANCEL};
    struct iovec part = {&c, sizeof(c)};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&h);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &(int){STDERR_FILENO}, sizeof(int));
    ck_assert_int_eq(sendmsg(ends[0], &h, 0), sizeof(c));
    union wire_message m;
    size_t len;
    ck_assert_int_eq(channel_receive(ends[1], &m, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
}
END_TEST

START_TEST(descriptors_come_along_for_who_asks)
{
    int given[WIRE_TLS_FILE_COUNT] = {STDIN_FILENO, ends[0], ends[1]};
    int files[WIRE_TLS_FILE_COUNT];
    struct wire_cancel c = {.type = WIRE_CANCEL, .id = 5};
    union wire_message m;
    size_t len;
    for (size_t count = 0; count <= WIRE_TLS_FILE_COUNT; count++) {
        ck_assert_int_eq(channel_send_files(ends[0], &c, sizeof(c), given, count, &e), 1);
        ck_assert_int_eq(channel_receive_files(ends[1], &m, &len, files, &e), 1);
        ck_assert_uint_eq(m.cancel.id, 5);
        for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
            struct stat sent;
            struct stat came;
            ck_assert_int_eq(files[i] >= 0, i < count);
            if (files[i] < 0)
                continue;
            ck_assert(fcntl(files[i], F_GETFD) & FD_CLOEXEC);
            ck_assert(fstat(given[i], &sent) == 0 && fstat(files[i], &came) == 0);
            ck_assert_uint_eq(came.st_ino, sent.st_ino);
            close(files[i]);
        }
    }
}
END_TEST

/* What a message before has left in memory is not taken for descriptors that came. */
START_TEST(an_empty_channel_closes_nothing)
{
    int given[WIRE_TLS_FILE_COUNT] = {STDIN_FILENO, ends[0], ends[1]};
    int files[WIRE_TLS_FILE_COUNT];
    int none[WIRE_TLS_FILE_COUNT];
    struct wire_cancel c = {.type = WIRE_CANCEL};
    union wire_message m;
    size_t len;
    ck_assert_int_eq(channel_send_files(ends[0], &c, sizeof(c), given, WIRE_TLS_FILE_COUNT, &e), 1);
    ck_assert_int_eq(channel_receive_files(ends[1], &m, &len, files, &e), 1);
    ck_assert_int_eq(channel_receive_files(ends[1], &m, &len, none, &e), 0);
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++) {
        ck_assert_int_eq(none[i], -1);
        ck_assert_int_ge(fcntl(files[i], F_GETFD), 0);
        close(files[i]);
    }
}
END_TEST

START_TEST(more_descriptors_than_may_come_are_refused_and_closed)
{
    int given[WIRE_TLS_FILE_COUNT + 1] = {0};
    int files[WIRE_TLS_FILE_COUNT];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(given))];
    } control = {0};
    struct wire_cancel c = {.type = WIRE_CANCEL};
    struct iovec part = {&c, sizeof(c)};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    *CMSG_FIRSTHDR(&h) =
        (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(given))};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&h)), given, sizeof(given));
    int lowest = dup(STDIN_FILENO);
    close(lowest);
    ck_assert_int_eq(sendmsg(ends[0], &h, 0), sizeof(c));
    union wire_message m;
    size_t len;
    ck_assert_int_eq(channel_receive_files(ends[1], &m, &len, files, &e), -1);
    ck_assert_int_eq(e.code, ERR_PROTO);
    for (size_t i = 0; i < WIRE_TLS_FILE_COUNT; i++)
        ck_assert_int_eq(files[i], -1);
    ck_assert_int_eq(dup(STDIN_FILENO), lowest);
    close(lowest);
    ck_assert_int_eq(channel_send_files(ends[0], &c, sizeof(c), given, WIRE_TLS_FILE_COUNT + 1, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(system_errors_are_told)
{
    union wire_message m = {0};
    size_t len;
    ck_assert_int_eq(channel_send(-1, &m, 4, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
    ck_assert_int_eq(channel_receive(-1, &m, &len, &e), -1);
    ck_assert_int_eq(e.code, ERR_SYS);
}
END_TEST

Suite *suite_channel(void)
{
    Suite *s = suite_create("channel");
    TCase *t = tcase_create("channel");
    tcase_add_checked_fixture(t, open_channel, close_channel);
    tcase_add_test(t, ends_are_close_on_exec_and_do_not_block);
    tcase_add_test(t, messages_keep_their_boundaries);
    tcase_add_test(t, nothing_waiting_is_no_error);
    tcase_add_test(t, a_full_queue_says_so_and_takes_messages_again_later);
    tcase_add_test(t, a_closed_peer_is_an_error_after_its_last_message);
    tcase_add_test(t, a_peer_that_died_with_unread_requests_still_delivers_its_verdict);
    tcase_add_test(t, sending_to_a_closed_peer_is_an_error_and_no_signal);
    tcase_add_test(t, an_oversized_message_is_refused);
    tcase_add_test(t, descriptors_cannot_be_smuggled_in);
    tcase_add_test(t, descriptors_come_along_for_who_asks);
    tcase_add_test(t, an_empty_channel_closes_nothing);
    tcase_add_test(t, more_descriptors_than_may_come_are_refused_and_closed);
    tcase_add_test(t, system_errors_are_told);
    suite_add_tcase(s, t);
    return s;
}
