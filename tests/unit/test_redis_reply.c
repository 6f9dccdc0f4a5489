#include <stdlib.h>
#include <string.h>

#include "init/base/buf.h"
#include "probes/redis_reply.h"
#include "tests/unit/suites.h"

static struct wire_probe_request request;
static struct redis_talk *talk;
static struct redis_finding finding;

static void reset(void)
{
    request = (struct wire_probe_request){.user = "", .password = "", .key = ""};
    memset(&finding, 0, sizeof(finding));
    talk = NULL;
}

static void release(void)
{
    redis_talk_free(talk);
    talk = NULL;
}

static void begin(void)
{
    release();
    talk = redis_talk_new(&request);
    ck_assert_ptr_nonnull(talk);
}

static bool feed(const char *bytes)
{
    return redis_talk_feed(talk, bytes, strlen(bytes), &finding);
}

static void expect_output(const char *expected)
{
    size_t len = 0;
    const char *output = redis_talk_output(talk, &len);
    ck_assert_uint_eq(len, strlen(expected));
    ck_assert_mem_eq(output, expected, len);
}

#define PING "*1\r\n$4\r\nPING\r\n"
#define ROLE "*1\r\n$4\r\nROLE\r\n"

START_TEST(without_credentials_it_pings_and_asks_for_the_role)
{
    begin();
    expect_output(PING ROLE);
    redis_talk_sent(talk, strlen(PING));
    expect_output(ROLE);
    redis_talk_sent(talk, strlen(ROLE));
    expect_output("");
}
END_TEST

START_TEST(a_password_alone_and_one_with_a_user)
{
    request.password = "s3cr3t";
    begin();
    expect_output("*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n" PING ROLE);
    request.user = "app";
    begin();
    expect_output("*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$6\r\ns3cr3t\r\n" PING ROLE);
}
END_TEST

START_TEST(databases_are_selected_in_turn)
{
    request.database_count = 2;
    request.databases[0] = 1;
    request.databases[1] = 15;
    begin();
    expect_output(PING "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n" PING "*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n" PING ROLE);
    ck_assert(!feed("+PONG\r\n+OK\r\n+PONG\r\n+OK\r\n+PONG\r\n"));
    ck_assert(feed("*3\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n"));
    ck_assert_int_eq(finding.verdict, VERDICT_OK);
    ck_assert_str_eq(finding.role, "slave");
}
END_TEST

START_TEST(the_longest_credentials_and_all_databases_fit)
{
    static char user[256];
    static char password[512];
    memset(user, 'u', sizeof(user) - 1);
    memset(password, 'p', sizeof(password) - 1);
    request.user = user;
    static char key[512];
    memset(key, 'k', sizeof(key) - 1);
    request.password = password;
    request.key = key;
    request.role = WIRE_ROLE_REPLICA;
    request.database_count = WIRE_DATABASES_MAX;
    memset(request.databases, 255, sizeof(request.databases));
    begin();
    size_t len;
    ck_assert_ptr_nonnull(redis_talk_output(talk, &len));
    ck_assert_uint_le(len, REDIS_COMMANDS_MAX);
}
END_TEST

START_TEST(answers_may_come_byte_by_byte)
{
    static const char answers[] = "+PONG\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
    begin();
    for (size_t i = 0; i + 2 < sizeof(answers); i++)
        ck_assert(!redis_talk_feed(talk, answers + i, 1, &finding));
    ck_assert(redis_talk_feed(talk, answers + sizeof(answers) - 2, 1, &finding));
    ck_assert_int_eq(finding.verdict, VERDICT_OK);
    ck_assert_str_eq(finding.role, "master");
}
END_TEST

/* Error lines as the servers write them: Redis 2.8, 5, 6, 7 and Valkey. */
static const struct {
    const char *line;
    enum verdict_class verdict;
} lines[] = {
    {"LOADING Redis is loading the dataset in memory", VERDICT_LOADING},
    {"LOADING Valkey is loading the dataset in memory", VERDICT_LOADING},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", VERDICT_MASTERDOWN},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", VERDICT_BUSY},
    {"TRYAGAIN Multiple keys request during rehashing of slot", VERDICT_BUSY},
    {"CLUSTERDOWN The cluster is down", VERDICT_BUSY},
    {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", VERDICT_BUSY},
    {"ERR max number of clients reached", VERDICT_BUSY},
    {"ERR max number of clients + cluster connections reached", VERDICT_BUSY},
    {"NOAUTH Authentication required.", VERDICT_NOAUTH},
    {"ERR operation not permitted", VERDICT_NOAUTH},
    {"WRONGPASS invalid username-password pair or user is disabled.", VERDICT_WRONGPASS},
    {"ERR invalid password", VERDICT_WRONGPASS},
    {"ERR Client sent AUTH, but no password is set", VERDICT_WRONGPASS},
    {"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration "
     "is correct?",
     VERDICT_WRONGPASS},
    {"ERR wrong number of arguments for 'auth' command", VERDICT_WRONGPASS},
    {"NOPERM this user has no permissions to run the 'ping' command", VERDICT_NOPERM},
    {"DENIED Redis is running in protected mode because protected mode is enabled", VERDICT_NOPERM},
    {"ERR DB index is out of range", VERDICT_DATABASE},
    {"ERR invalid DB index", VERDICT_DATABASE},
    {"ERR SELECT is not allowed in cluster mode", VERDICT_DATABASE},
    {"ERR unknown command 'PING'", VERDICT_PROTOCOL},
    {"", VERDICT_PROTOCOL},
    {"NO", VERDICT_PROTOCOL},
};

START_TEST(every_error_line_has_its_class_and_a_text_of_its_own)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char reply[256];
        struct buf b = BUF_OVER(reply);
        ck_assert_int_eq(redis_classify(lines[i].line, strlen(lines[i].line)), lines[i].verdict);
        buf_printf(&b, "-%s\r\n", lines[i].line);
        begin();
        ck_assert(feed(reply));
        ck_assert_int_eq(finding.verdict, lines[i].verdict);
        ck_assert_uint_gt(strlen(finding.text), 10);
        ck_assert_int_eq(finding.loading, lines[i].verdict == VERDICT_LOADING);
    }
}
END_TEST

START_TEST(a_wrong_password_is_told_before_the_ping_that_follows)
{
    request.password = "wrong";
    begin();
    ck_assert(feed("-WRONGPASS invalid username-password pair\r\n-NOAUTH Authentication required.\r\n"));
    ck_assert_int_eq(finding.verdict, VERDICT_WRONGPASS);
}
END_TEST

START_TEST(a_missing_database_is_named)
{
    request.database_count = 1;
    request.databases[0] = 12;
    begin();
    ck_assert(feed("+PONG\r\n-ERR DB index is out of range\r\n+PONG\r\n"));
    ck_assert_int_eq(finding.verdict, VERDICT_DATABASE);
    ck_assert_ptr_nonnull(strstr(finding.text, "12"));
}
END_TEST

START_TEST(a_denied_command_is_named)
{
    request.password = "x";
    begin();
    ck_assert(feed("+OK\r\n-NOPERM this user has no permissions to run the 'ping' command\r\n"));
    ck_assert_int_eq(finding.verdict, VERDICT_NOPERM);
    ck_assert_ptr_nonnull(strstr(finding.text, "PING"));
}
END_TEST

START_TEST(a_refused_role_is_no_failure)
{
    static const char *const roles[] = {"-NOPERM no\r\n", "-ERR unknown command 'ROLE'\r\n",       "+huh\r\n", "*0\r\n",
                                        "*1\r\n:1\r\n",   "*1\r\n$20\r\naaaaaaaaaaaaaaaaaaaa\r\n", "HTTP\r\n"};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        begin();
        ck_assert(!feed("+PONG\r\n"));
        ck_assert(feed(roles[i]));
        ck_assert_int_eq(finding.verdict, VERDICT_OK);
        ck_assert_str_eq(finding.role, "");
    }
}
END_TEST

START_TEST(closing_after_the_last_ping_is_enough_closing_before_is_not)
{
    begin();
    ck_assert(!redis_talk_closed(talk, &finding));
    ck_assert(!feed("+PO"));
    ck_assert(!redis_talk_closed(talk, &finding));
    ck_assert(!feed("NG\r\n"));
    ck_assert(redis_talk_closed(talk, &finding));
    ck_assert_int_eq(finding.verdict, VERDICT_OK);
}
END_TEST

START_TEST(other_protocols_are_recognised)
{
    static const struct {
        const char *bytes;
        const char *word;
    } others[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "SSH"},
        {"<html>\r\n", "does not speak"},
        {"+OK POP3 ready\r\n", "not a Redis server"},
        {"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", "does not speak"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        begin();
        ck_assert(feed(others[i].bytes));
        ck_assert_int_eq(finding.verdict, VERDICT_PROTOCOL);
        ck_assert_ptr_nonnull(strstr(finding.text, others[i].word));
    }
}
END_TEST

START_TEST(a_server_that_expects_tls_is_recognised)
{
    begin();
    ck_assert(feed("\x15\x03\x01"));
    ck_assert_int_eq(finding.verdict, VERDICT_IS_TLS);
    ck_assert_ptr_nonnull(strstr(finding.text, "rediss"));
}
END_TEST

START_TEST(a_key_is_asked_for_in_the_first_database)
{
    request.key = "a b";
    begin();
    expect_output(PING "*2\r\n$6\r\nEXISTS\r\n$3\r\na b\r\n" ROLE);
    request.database_count = 2;
    request.databases[0] = 1;
    request.databases[1] = 2;
    begin();
    expect_output(PING "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n" PING "*2\r\n$6\r\nEXISTS\r\n$3\r\na b\r\n"
                       "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n" PING ROLE);
}
END_TEST

static const struct {
    const char *answers;
    enum verdict_class verdict;
    const char *text;
} keys[] = {
    {"+PONG\r\n:1\r\n*1\r\n$6\r\nmaster\r\n", VERDICT_OK, "PONG"},
    {"-NOPERM no\r\n:1\r\n-NOPERM no\r\n", VERDICT_OK, "PONG"},
    {"+PONG\r\n:0\r\n", VERDICT_CONTENT, "redis answers, but the key that is expected is not there"},
    {"+PONG\r\n-NOPERM no\r\n", VERDICT_NOPERM, "the redis user logged in, but its ACL does not allow EXISTS (NOPERM)"},
    {"+PONG\r\n+OK\r\n", VERDICT_PROTOCOL, "the answer to EXISTS is no number: this is not a Redis server"},
    {"+PONG\r\n-ERR unknown command 'EXISTS', with args beginning with: 'k3y'\r\n", VERDICT_PROTOCOL,
     "redis refuses EXISTS"},
    {"-LOADING x\r\n", VERDICT_LOADING, "redis is still loading its data into memory (LOADING)"},
};

START_TEST(a_key_has_to_exist)
{
    request.key = "k3y";
    begin();
    ck_assert(feed(keys[_i].answers));
    ck_assert_int_eq(finding.verdict, keys[_i].verdict);
    ck_assert_str_eq(finding.text, keys[_i].text);
}
END_TEST

static const struct {
    enum wire_redis_role role;
    const char *answers;
    enum verdict_class verdict;
    const char *text;
} expected_roles[] = {
    {WIRE_ROLE_MASTER, "*1\r\n$6\r\nmaster\r\n", VERDICT_OK, "PONG"},
    {WIRE_ROLE_REPLICA, "*1\r\n$5\r\nslave\r\n", VERDICT_OK, "PONG"},
    {WIRE_ROLE_MASTER, "*1\r\n$5\r\nslave\r\n", VERDICT_CONTENT,
     "redis answers, but as \"slave\" where \"master\" is expected"},
    {WIRE_ROLE_REPLICA, "-NOPERM no\r\n$12\r\nrole:slave\r\n\r\n", VERDICT_OK, "PONG"},
    {WIRE_ROLE_REPLICA, "-ERR unknown command\r\n$27\r\n# Replication\r\nrole:master\r\n\r\n", VERDICT_CONTENT,
     "redis answers, but as \"master\" where \"slave\" is expected"},
    {WIRE_ROLE_MASTER, "-NOPERM no\r\n-NOPERM no\r\n", VERDICT_NOPERM,
     "redis tells nobody its role: its ACL allows this user neither ROLE nor INFO"},
    {WIRE_ROLE_MASTER, "*-2\r\n", VERDICT_PROTOCOL, "it does not speak the Redis protocol"},
};

START_TEST(a_role_may_be_expected)
{
    request.role = (uint8_t)expected_roles[_i].role;
    begin();
    ck_assert(!feed("+PONG\r\n"));
    ck_assert(!redis_talk_closed(talk, &finding));
    ck_assert(feed(expected_roles[_i].answers));
    ck_assert_int_eq(finding.verdict, expected_roles[_i].verdict);
    ck_assert_str_eq(finding.text, expected_roles[_i].text);
}
END_TEST

START_TEST(bombs_are_refused_at_once)
{
    static const char *const bombs[] = {"*1000000000\r\n", "*-2\r\n",      "$-7\r\n",
                                        "$9999999999\r\n", "%1000000\r\n", "\r\n"};
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        begin();
        ck_assert(feed(bombs[i]));
        ck_assert_int_eq(finding.verdict, VERDICT_PROTOCOL);
    }
}
END_TEST

START_TEST(bombs_in_place_of_the_role_change_nothing)
{
    static const char *const bombs[] = {"*1000000000\r\n", "*-2\r\n", "$-7\r\n", "*65\r\n"};
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        begin();
        ck_assert(!feed("+PONG\r\n"));
        ck_assert(feed(bombs[i]));
        ck_assert_int_eq(finding.verdict, VERDICT_OK);
    }
}
END_TEST

static void expect_a_cut_after(const char *start, enum verdict_class verdict)
{
    char block[1024];
    memset(block, 'x', sizeof(block));
    begin();
    ck_assert(!feed(start));
    size_t fed = 0;
    while (!redis_talk_feed(talk, block, sizeof(block), &finding)) {
        fed += sizeof(block);
        ck_assert_uint_le(fed, REDIS_ANSWER_MAX);
    }
    ck_assert_int_eq(finding.verdict, verdict);
}

START_TEST(an_endless_answer_is_cut)
{
    expect_a_cut_after("+PON", VERDICT_PROTOCOL);
    expect_a_cut_after("-ERR ", VERDICT_PROTOCOL);
    expect_a_cut_after("+PONG\r\n$9999999999\r\n", VERDICT_OK);
}
END_TEST

START_TEST(no_text_repeats_credentials)
{
    static const char *const answers[] = {
        "-ERR unknown command 'AUTH', with args beginning with: 'app' 's3cr3t'\r\n",
        "+OK\r\n-ERR s3cr3t\r\n",
        "+OK\r\n-ERR user app what\r\n",
        "+s3cr3t\r\n",
        "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n",
    };
    request.user = "app";
    request.password = "s3cr3t";
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        begin();
        ck_assert(feed(answers[i]));
        ck_assert_ptr_null(strstr(finding.text, "s3cr3t"));
        ck_assert_ptr_null(strstr(finding.text, "app"));
    }
}
END_TEST

START_TEST(unknown_errors_are_quoted_printable)
{
    begin();
    ck_assert(feed("-ERR something\x1b[2J new\r\n"));
    ck_assert_str_eq(finding.text, "redis refuses PING: ERR something?[2J new");
}
END_TEST

START_TEST(pong_is_the_whole_answer)
{
    static const char longer[] = "+PONG\0more\r\n";
    begin();
    ck_assert(redis_talk_feed(talk, longer, sizeof(longer) - 1, &finding));
    ck_assert_int_eq(finding.verdict, VERDICT_PROTOCOL);
}
END_TEST

START_TEST(what_comes_after_the_end_changes_nothing)
{
    begin();
    ck_assert(feed("-LOADING x\r\n"));
    ck_assert(feed("+PONG\r\n"));
    ck_assert_int_eq(finding.verdict, VERDICT_LOADING);
}
END_TEST

Suite *suite_redis_reply(void)
{
    Suite *s = suite_create("redis_reply");
    TCase *t = tcase_create("redis_reply");
    tcase_add_checked_fixture(t, reset, release);
    tcase_add_test(t, without_credentials_it_pings_and_asks_for_the_role);
    tcase_add_test(t, a_password_alone_and_one_with_a_user);
    tcase_add_test(t, databases_are_selected_in_turn);
    tcase_add_test(t, the_longest_credentials_and_all_databases_fit);
    tcase_add_test(t, answers_may_come_byte_by_byte);
    tcase_add_test(t, every_error_line_has_its_class_and_a_text_of_its_own);
    tcase_add_test(t, a_wrong_password_is_told_before_the_ping_that_follows);
    tcase_add_test(t, a_missing_database_is_named);
    tcase_add_test(t, a_denied_command_is_named);
    tcase_add_test(t, a_refused_role_is_no_failure);
    tcase_add_test(t, closing_after_the_last_ping_is_enough_closing_before_is_not);
    tcase_add_test(t, other_protocols_are_recognised);
    tcase_add_test(t, a_server_that_expects_tls_is_recognised);
    tcase_add_test(t, a_key_is_asked_for_in_the_first_database);
    tcase_add_loop_test(t, a_key_has_to_exist, 0, (int)(sizeof(keys) / sizeof(keys[0])));
    tcase_add_loop_test(t, a_role_may_be_expected, 0, (int)(sizeof(expected_roles) / sizeof(expected_roles[0])));
    tcase_add_test(t, bombs_are_refused_at_once);
    tcase_add_test(t, bombs_in_place_of_the_role_change_nothing);
    tcase_add_test(t, an_endless_answer_is_cut);
    tcase_add_test(t, no_text_repeats_credentials);
    tcase_add_test(t, unknown_errors_are_quoted_printable);
    tcase_add_test(t, pong_is_the_whole_answer);
    tcase_add_test(t, what_comes_after_the_end_changes_nothing);
    suite_add_tcase(s, t);
    return s;
}
