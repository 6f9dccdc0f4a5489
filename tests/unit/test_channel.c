#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
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
    tcase_add_test(t, system_errors_are_told);
    suite_add_tcase(s, t);
    return s;
}
