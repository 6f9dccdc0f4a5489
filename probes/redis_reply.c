#include "probes/redis_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "init/base/buf.h"
#include "init/base/text.h"
#include "probes/redis_error.h"

/* AUTH, PING, SELECT with PING for each database, EXISTS, ROLE, INFO. */
#define STEPS_MAX (5 + 2 * WIRE_DATABASES_MAX)

/* How much of a server's own words goes into a text. */
#define QUOTE_MAX 80

struct step {
    enum redis_command command;
    int database; /* SELECT, and the PING after it; -1 = none */
};

struct redis_talk {
    const struct wire_probe_request *request;
    redisReader *reader;
    struct step steps[STEPS_MAX];
    size_t step_count;
    size_t step; /* whose answer comes next */
    size_t fed;
    size_t sent;
    bool over;
    char first[4]; /* of what the server sent: tells other protocols apart */
    struct redis_finding finding;
    size_t output_len;
    char output[REDIS_COMMANDS_MAX];
};

static const char *const command_names[] = {
    [REDIS_AUTH] = "AUTH",     [REDIS_PING] = "PING", [REDIS_SELECT] = "SELECT",
    [REDIS_EXISTS] = "EXISTS", [REDIS_ROLE] = "ROLE", [REDIS_INFO] = "INFO",
};

/* What a server calls itself. */
static const char *const role_names[] = {[WIRE_ROLE_MASTER] = "master", [WIRE_ROLE_REPLICA] = "slave"};

enum verdict_class redis_classify(const char *line, size_t len)
{
    const struct redis_error *error = redis_error_find(line, len);
    return error == NULL ? VERDICT_PROTOCOL : error->verdict;
}

static bool append_command(struct redis_talk *t, struct step step, int argc, const char **argv)
{
    char *command = NULL;
    long long len = redisFormatCommandArgv(&command, argc, argv, NULL);
    if (len < 0)
        return false;
    bool fits = (size_t)len <= sizeof(t->output) - t->output_len && t->step_count < STEPS_MAX;
    if (fits) {
        memcpy(t->output + t->output_len, command, (size_t)len);
        t->output_len += (size_t)len;
        t->steps[t->step_count++] = step;
    }
    explicit_bzero(command, (size_t)len);
    redisFreeCommand(command);
    return fits;
}

static bool append_word(struct redis_talk *t, enum redis_command command, int database)
{
    const char *argv[] = {command_names[command]};
    return append_command(t, (struct step){command, database}, 1, argv);
}

static bool append_auth(struct redis_talk *t)
{
    const struct wire_probe_request *r = t->request;
    if (r->user[0] == '\0' && r->password[0] == '\0')
        return true;
    const char *argv[3] = {command_names[REDIS_AUTH], r->user, r->password};
    /* AUTH with a user name is as old as Redis 6: leave it out when there is none. */
    bool named = r->user[0] != '\0';
    if (!named)
        argv[1] = r->password;
    return append_command(t, (struct step){REDIS_AUTH, -1}, named ? 3 : 2, argv);
}

static bool append_key(struct redis_talk *t)
{
    const char *argv[] = {command_names[REDIS_EXISTS], t->request->key};
    return t->request->key[0] == '\0' || append_command(t, (struct step){REDIS_EXISTS, -1}, 2, argv);
}

static bool append_role(struct redis_talk *t)
{
    const char *argv[] = {command_names[REDIS_INFO], "replication"};
    return append_word(t, REDIS_ROLE, -1) &&
           (t->request->role == WIRE_ROLE_ANY || append_command(t, (struct step){REDIS_INFO, -1}, 2, argv));
}

static bool append_databases(struct redis_talk *t)
{
    if (t->request->database_count == 0)
        return append_key(t);
    for (size_t i = 0; i < t->request->database_count; i++) {
        int database = t->request->databases[i];
        char number[8];
        snprintf(number, sizeof(number), "%d", database);
        const char *argv[] = {command_names[REDIS_SELECT], number};
        if (!append_command(t, (struct step){REDIS_SELECT, database}, 2, argv) ||
            !append_word(t, REDIS_PING, database) || (i == 0 && !append_key(t)))
            return false;
    }
    return true;
}

struct redis_talk *redis_talk_new(const struct wire_probe_request *request)
{
    struct redis_talk *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->request = request;
    t->reader = redisReaderCreate();
    if (t->reader == NULL || !append_auth(t) || !append_word(t, REDIS_PING, -1) || !append_databases(t) ||
        !append_role(t)) {
        redis_talk_free(t);
        return NULL;
    }
    t->reader->maxelements = REDIS_ELEMENTS_MAX;
    return t;
}

void redis_talk_free(struct redis_talk *t)
{
    if (t == NULL)
        return;
    if (t->reader != NULL)
        redisReaderFree(t->reader);
    explicit_bzero(t, sizeof(*t));
    free(t);
}

const char *redis_talk_output(const struct redis_talk *t, size_t *len)
{
    *len = t->output_len - t->sent;
    return t->output + t->sent;
}

void redis_talk_sent(struct redis_talk *t, size_t len)
{
    t->sent += len;
    if (t->sent == t->output_len)
        explicit_bzero(t->output, t->output_len);
}

static void find(struct redis_talk *t, enum verdict_class verdict, const char *text)
{
    struct buf b = BUF_OVER(t->finding.text);
    buf_puts(&b, text);
    t->finding.verdict = verdict;
    t->over = true;
}

static bool mentions(const char *line, size_t len, const char *secret)
{
    return secret[0] != '\0' && memmem(line, len, secret, strlen(secret)) != NULL;
}

/* Some servers repeat arguments in their errors ("unknown command 'AUTH', with args beginning with: ..."). */
static bool quotable(const struct redis_talk *t, const char *line, size_t len)
{
    return t->steps[t->step].command != REDIS_AUTH && !mentions(line, len, t->request->password) &&
           !mentions(line, len, t->request->user) && !mentions(line, len, t->request->key);
}

static void find_unknown_error(struct redis_talk *t, const char *line, size_t len)
{
    char quote[QUOTE_MAX];
    struct buf b = BUF_OVER(t->finding.text);
    buf_printf(&b, "redis refuses %s", command_names[t->steps[t->step].command]);
    if (quotable(t, line, len)) {
        text_printable(line, len, quote, sizeof(quote));
        buf_printf(&b, ": %s", quote);
    }
    t->finding.verdict = VERDICT_PROTOCOL;
    t->over = true;
}

static void take_error(struct redis_talk *t, const char *line, size_t len)
{
    const struct step *step = &t->steps[t->step];
    const struct redis_error *error = redis_error_find(line, len);
    if (error == NULL) {
        find_unknown_error(t, line, len);
        return;
    }
    if (redis_error_is(line, len, "NOPERM") && step->command == REDIS_PING && t->request->key[0] != '\0') {
        t->step++;
        return;
    }
    struct buf b = BUF_OVER(t->finding.text);
    buf_puts(&b, error->text);
    if (error->verdict == VERDICT_NOPERM && redis_error_is(line, len, "NOPERM"))
        buf_printf(&b, " %s (NOPERM)", command_names[step->command]);
    if (error->verdict == VERDICT_DATABASE)
        buf_printf(&b, " (SELECT %d)", step->database);
    t->finding.loading = error->verdict == VERDICT_LOADING;
    t->finding.verdict = error->verdict;
    t->over = true;
}

static void judge_role(struct redis_talk *t)
{
    struct buf b = BUF_OVER(t->finding.text);
    bool as_expected = strcmp(t->finding.role, role_names[t->request->role]) == 0;
    buf_puts(&b, as_expected ? "PONG" : "redis answers, but as");
    if (!as_expected)
        buf_printf(&b, " \"%s\" where \"%s\" is expected", t->finding.role, role_names[t->request->role]);
    t->finding.verdict = as_expected ? VERDICT_OK : VERDICT_CONTENT;
    t->over = true;
}

static void take_role(struct redis_talk *t, const redisReply *reply)
{
    bool known = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
                 reply->element[0]->type == REDIS_REPLY_STRING && reply->element[0]->len < sizeof(t->finding.role);
    if (known)
        text_printable(reply->element[0]->str, reply->element[0]->len, t->finding.role, sizeof(t->finding.role));
    t->step++;
    if (t->request->role == WIRE_ROLE_ANY)
        find(t, VERDICT_OK, "PONG");
    else if (known)
        judge_role(t);
}

/* The answer is a text of lines like "role:master". */
static void take_info(struct redis_talk *t, const redisReply *reply)
{
    static const char name[] = "role:";
    const char *at = reply->type == REDIS_REPLY_STRING ? memmem(reply->str, reply->len, name, sizeof(name) - 1) : NULL;
    if (at == NULL) {
        find(t, VERDICT_NOPERM, "redis tells nobody its role: its ACL allows this user neither ROLE nor INFO");
        return;
    }
    at += sizeof(name) - 1;
    size_t len = strcspn(at, "\r\n");
    text_printable(at, len, t->finding.role, sizeof(t->finding.role));
    judge_role(t);
}

static void take_exists(struct redis_talk *t, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0)
        find(t, VERDICT_CONTENT, "redis answers, but the key that is expected is not there");
    else if (reply->type != REDIS_REPLY_INTEGER)
        find(t, VERDICT_PROTOCOL, "the answer to EXISTS is no number: this is not a Redis server");
    t->step++;
}

static void take_reply(struct redis_talk *t, const redisReply *reply)
{
    const struct step *step = &t->steps[t->step];
    if (step->command == REDIS_ROLE) {
        take_role(t, reply);
        return;
    }
    if (step->command == REDIS_INFO) {
        take_info(t, reply);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        take_error(t, reply->str, reply->len);
        return;
    }
    if (step->command == REDIS_EXISTS) {
        take_exists(t, reply);
        return;
    }
    const char *expected = step->command == REDIS_PING ? "PONG" : "OK";
    bool as_expected = reply->type == REDIS_REPLY_STATUS && reply->len == strlen(expected) &&
                       memcmp(reply->str, expected, reply->len) == 0;
    if (!as_expected) {
        struct buf b = BUF_OVER(t->finding.text);
        buf_printf(&b, "the answer to %s is not %s: this is not a Redis server", command_names[step->command],
                   expected);
        t->finding.verdict = VERDICT_PROTOCOL;
        t->over = true;
    }
    t->step++;
}

/* The first bytes of what commonly listens on the wrong port. */
static void find_other_protocol(struct redis_talk *t)
{
    static const struct {
        const char *first;
        size_t len;
        const char *text;
    } others[] = {
        {"HTTP", 4, "it does not speak the Redis protocol: it answers in HTTP"},
        {"SSH-", 4, "it does not speak the Redis protocol: it is an SSH server"},
    };
    if (memcmp(t->first, "\x15\x03", 2) == 0) { /* RFC 8446 section 6: an alert */
        find(t, VERDICT_IS_TLS, "it expects TLS: write rediss://");
        return;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (memcmp(t->first, others[i].first, others[i].len) == 0) {
            find(t, VERDICT_PROTOCOL, others[i].text);
            return;
        }
    }
    find(t, VERDICT_PROTOCOL, "it does not speak the Redis protocol");
}

/* Is the role all that is missing, and not expected to be any? */
static bool role_is_next(const struct redis_talk *t)
{
    return t->step < t->step_count && t->steps[t->step].command == REDIS_ROLE && t->request->role == WIRE_ROLE_ANY;
}

static void take_broken(struct redis_talk *t)
{
    if (role_is_next(t))
        find(t, VERDICT_OK, "PONG");
    else
        find_other_protocol(t);
}

static void take_bytes(struct redis_talk *t, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    for (size_t i = 0; i < len && t->fed + i < sizeof(t->first); i++)
        t->first[t->fed + i] = bytes[i];
    t->fed += len;
    /* Whatever comes first is answered with a status or an error; anything else needs no parser. */
    if (t->first[0] != '+' && t->first[0] != '-') {
        find_other_protocol(t);
        return;
    }
    if (t->fed > REDIS_ANSWER_MAX) {
        if (role_is_next(t))
            find(t, VERDICT_OK, "PONG");
        else
            find(t, VERDICT_PROTOCOL, "it sends far more than Redis would answer: this is not a Redis server");
        return;
    }
    if (redisReaderFeed(t->reader, bytes, len) != REDIS_OK) {
        take_broken(t);
        return;
    }
    while (!t->over) {
        void *reply = NULL;
        if (redisReaderGetReply(t->reader, &reply) != REDIS_OK) {
            take_broken(t);
            return;
        }
        if (reply == NULL)
            return;
        take_reply(t, reply);
        freeReplyObject(reply);
    }
}

bool redis_talk_feed(struct redis_talk *t, const char *bytes, size_t len, struct redis_finding *finding)
{
    if (!t->over)
        take_bytes(t, bytes, len);
    if (t->over)
        *finding = t->finding;
    return t->over;
}

bool redis_talk_closed(struct redis_talk *t, struct redis_finding *finding)
{
    if (!t->over && role_is_next(t))
        find(t, VERDICT_OK, "PONG");
    if (t->over)
        *finding = t->finding;
    return t->over;
}
