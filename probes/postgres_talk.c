#include "probes/postgres_talk.h"

#include <string.h>

#include "init/base/text.h"

/* A message is a letter and a length that counts itself; the StartupMessage has no letter. */
#define LENGTH_SIZE 4
#define HEADER_SIZE (1 + LENGTH_SIZE)
#define VERSION_3_0 0x00030000U

/* SQLSTATE has five letters or digits (PostgreSQL documentation, appendix A). */
#define SQLSTATE_LEN 5

/* How much of the server's own words goes into a text. */
#define QUOTE_MAX 100

static uint32_t read_u32(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void write_u32(unsigned char *b, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        b[i] = (unsigned char)(n >> (24 - 8 * i));
}

static void say_text(struct talk *t, const char *text)
{
    talk_say(t, text, strlen(text) + 1);
}

static void greet(struct talk *t)
{
    const struct wire_probe_request *r = t->request;
    unsigned char head[LENGTH_SIZE + 4] = {0};
    write_u32(head + LENGTH_SIZE, VERSION_3_0);
    talk_say(t, head, sizeof(head));
    say_text(t, "user");
    say_text(t, r->user[0] != '\0' ? r->user : "muster");
    if (r->database[0] != '\0') {
        say_text(t, "database");
        say_text(t, r->database);
    }
    say_text(t, "");
    write_u32(t->output, (uint32_t)t->output_len);
}

/* What an error means, by the beginning of its SQLSTATE; the first row that fits. As for pg_isready, whoever is turned away at
 * the door for who he is has found the server taking clients. */
static const struct {
    const char *state;
    enum verdict_class verdict;
    const char *text;
    bool quoted; /* the server's words follow: they say nothing of who asks */
} errors[] = {
    {"57P", VERDICT_LOADING, "postgres takes no clients yet", true},
    {"28", VERDICT_OK, "takes clients (not this one)", false},
    {"42501", VERDICT_OK, "takes clients (not this one)", false},
    {"3D000", VERDICT_DATABASE, "postgres has no such database", false},
    {"55000", VERDICT_DATABASE, "postgres has that database, but it takes no clients", false},
    {"53300", VERDICT_BUSY, "postgres has no room for another client (max_connections)", false},
    {"53", VERDICT_BUSY, "postgres lacks something", true},
    {"08", VERDICT_PROTOCOL, "postgres does not understand the beginning of a session", false},
    {"0A", VERDICT_PROTOCOL, "postgres does not understand the beginning of a session", false},
};
#define ERRORS_COUNT (sizeof(errors) / sizeof(errors[0]))

static void find_error(struct talk *t, const char *state, const char *message)
{
    char quote[QUOTE_MAX];
    text_printable(message, strlen(message), quote, sizeof(quote));
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        if (strncmp(state, errors[i].state, strlen(errors[i].state)) != 0)
            continue;
        bool quoted = errors[i].quoted && quote[0] != '\0';
        talk_find(t, errors[i].verdict, "%s%s%s", errors[i].text, quoted ? ": " : "", quoted ? quote : "");
        return;
    }
    char code[SQLSTATE_LEN + 1];
    text_printable(state, strlen(state), code, sizeof(code));
    talk_find(t, VERDICT_BUSY, "postgres refuses the session with SQLSTATE %s: see its log", code);
}

/* Fields of a letter and a text each. */
static void take_error(struct talk *t, const unsigned char *bytes, size_t len)
{
    const char *state = "";
    const char *message = "";
    while (len > 1 && bytes[0] != '\0') {
        const unsigned char *end = memchr(bytes, '\0', len);
        if (end == NULL)
            break;
        if (bytes[0] == 'C')
            state = (const char *)bytes + 1;
        if (bytes[0] == 'M')
            message = (const char *)bytes + 1;
        len -= (size_t)(end - bytes) + 1;
        bytes = end + 1;
    }
    if (strlen(state) != SQLSTATE_LEN) {
        talk_find(t, VERDICT_PROTOCOL, "it does not speak postgres: an error without SQLSTATE");
        return;
    }
    find_error(t, state, message);
}

static void take_authentication(struct talk *t, const unsigned char *bytes, size_t len)
{
    if (len < 4)
        talk_find_stranger(t, bytes, len);
    else if (read_u32(bytes) != 0)
        talk_find(t, VERDICT_OK, "takes clients (with a password)");
    t->answered = true;
}

static void take_ready(struct talk *t)
{
    static const unsigned char terminate[] = {'X', 0, 0, 0, LENGTH_SIZE};
    talk_find(t, VERDICT_OK, "takes clients");
    talk_say(t, terminate, sizeof(terminate));
}

/* A server that cannot even start a process for the client says so in the old form, 'E' and a text: what should be a length is
 * letters then. Lines that end otherwise are not from postgres. */
static void take_old_error(struct talk *t, const unsigned char *bytes, size_t len)
{
    if (memchr(bytes, '\0', len) != NULL)
        talk_find(t, VERDICT_BUSY, "postgres cannot start a process for another client: see its log");
    else if (memchr(bytes, '\r', len) != NULL)
        talk_find_stranger(t, bytes, len);
}

static void take_message(struct talk *t, unsigned char letter, const unsigned char *bytes, size_t len)
{
    if (letter == 'E')
        take_error(t, bytes, len);
    else if (letter == 'R')
        take_authentication(t, bytes, len);
    else if (letter == 'Z' && t->answered)
        take_ready(t);
}

static size_t take(struct talk *t, const unsigned char *bytes, size_t len)
{
    /* Authentication, error, notice, negotiation of the version: one of these has to come first. */
    if (!t->answered && memchr("RENv", bytes[0], 4) == NULL) {
        if (len >= 4)
            talk_find_stranger(t, bytes, len);
        return 0;
    }
    if (len < HEADER_SIZE)
        return 0;
    if (bytes[0] == 'E' && bytes[1] >= ' ') {
        take_old_error(t, bytes, len);
        return 0;
    }
    size_t size = 1 + (size_t)read_u32(bytes + 1);
    if (size < HEADER_SIZE || size > TALK_MESSAGE_MAX) {
        talk_find_stranger(t, bytes, len);
        return 0;
    }
    if (len < size)
        return 0;
    take_message(t, bytes[0], bytes + HEADER_SIZE, size - HEADER_SIZE);
    return size;
}

const struct talk_kind postgres_talk = {.name = "postgres", .greet = greet, .take = take};
