#include "probes/mysql_talk.h"

#include <string.h>

#include "init/base/buf.h"

/* A packet is three bytes of length, a sequence number, and the payload; numbers have their lowest byte first. */
#define HEADER_SIZE 4

/* First bytes of payloads. */
enum { PAYLOAD_OK = 0x00, PAYLOAD_GREETING = 0x0a, PAYLOAD_SWITCH = 0xfe, PAYLOAD_ERROR = 0xff };

/* Capabilities: the protocol since 4.1, a login by a named plugin with the length of its data in front. */
#define CLIENT_PROTOCOL_41 0x00000200U
#define CLIENT_SECURE_CONNECTION 0x00008000U
#define CLIENT_PLUGIN_AUTH 0x00080000U
#define CAPABILITIES (CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH)

/* utf8mb4_general_ci. */
#define CHARACTER_SET 45

/* Servers ask at most once or twice for another way to log in. */
#define ROUNDS_MAX 4

static void say_packet(struct talk *t, unsigned sequence, const void *payload, size_t len)
{
    const unsigned char head[HEADER_SIZE] = {(unsigned char)len, (unsigned char)(len >> 8), 0, (unsigned char)sequence};
    talk_say(t, head, sizeof(head));
    talk_say(t, payload, len);
}

static void say_login(struct talk *t, unsigned sequence)
{
    static const char plugin[] = "mysql_native_password";
    const char *user = t->request->user[0] != '\0' ? t->request->user : "muster";
    char payload[512];
    struct buf b = BUF_OVER(payload);
    for (int i = 0; i < 4; i++)
        buf_putc(&b, (char)(CAPABILITIES >> (8 * i)));
    buf_write(&b, "\0\0\0\1", 4); /* longest packet that is taken: 16 MiB */
    buf_putc(&b, CHARACTER_SET);
    for (int i = 0; i < 23; i++)
        buf_putc(&b, '\0');
    buf_write(&b, user, strlen(user) + 1);
    buf_putc(&b, 0); /* bytes of password */
    buf_write(&b, plugin, sizeof(plugin));
    say_packet(t, sequence, payload, b.len);
}

static const struct {
    unsigned code;
    enum verdict_class verdict;
    const char *text;
} errors[] = {
    {1040, VERDICT_BUSY, "mysql has no room for another client (max_connections)"},
    {1203, VERDICT_BUSY, "mysql has no room for another client of this user (max_user_connections)"},
    {1226, VERDICT_BUSY, "this user of mysql has used up what it may within an hour"},
    {1053, VERDICT_LOADING, "mysql is shutting down"},
    {1129, VERDICT_NOPERM, "mysql has blocked this host after too many broken connections: mysqladmin flush-hosts"},
    {1130, VERDICT_NOPERM, "mysql takes no clients from this host: no user may log in from here"},
    {1043, VERDICT_PROTOCOL, "mysql does not understand the login (bad handshake)"},
    {1044, VERDICT_OK, "takes clients (not this one)"}, /* no access to a database */
    {1045, VERDICT_OK, "takes clients (not this one)"}, /* wrong user or password */
    {1251, VERDICT_OK, "takes clients (not this one)"}, /* this login is too old for it */
    {1698, VERDICT_OK, "takes clients (not this one)"}, /* the user logs in otherwise */
    {1862, VERDICT_OK, "takes clients (not this one)"}, /* password has expired */
    {3118, VERDICT_OK, "takes clients (not this one)"}, /* account is locked, MySQL */
    {3159, VERDICT_OK, "takes clients (with TLS)"},     /* require_secure_transport */
    {4151, VERDICT_OK, "takes clients (not this one)"}, /* account is locked, MariaDB */
};
#define ERRORS_COUNT (sizeof(errors) / sizeof(errors[0]))

/* 0xff, the code, and the words: after '#' and five characters of SQLSTATE, except at the very beginning. */
static void take_error(struct talk *t, const unsigned char *payload, size_t len)
{
    if (len < 3) {
        talk_find_stranger(t, payload, len);
        return;
    }
    unsigned code = payload[1] | (unsigned)payload[2] << 8;
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        if (errors[i].code == code) {
            talk_find(t, errors[i].verdict, "%s", errors[i].text);
            return;
        }
    }
    talk_find(t, VERDICT_BUSY, "mysql refuses the login with error %u: see its log", code);
}

static void take_greeting(struct talk *t, const unsigned char *payload, size_t len, unsigned sequence)
{
    if (payload[0] == PAYLOAD_ERROR) {
        take_error(t, payload, len);
        return;
    }
    /* The version is a text: with its end in sight, this is a greeting. */
    if (payload[0] != PAYLOAD_GREETING || memchr(payload, '\0', len) == NULL) {
        talk_find(t, VERDICT_PROTOCOL, "it does not greet as mysql does (version 10 of the protocol)");
        return;
    }
    t->answered = true;
    say_login(t, sequence + 1);
}

static void take_answer(struct talk *t, const unsigned char *payload, size_t len, unsigned sequence)
{
    static const unsigned char quit = 1;
    if (payload[0] == PAYLOAD_ERROR) {
        take_error(t, payload, len);
    } else if (payload[0] == PAYLOAD_OK) {
        talk_find(t, VERDICT_OK, "takes clients");
        say_packet(t, 0, &quit, 1);
    } else if (++t->rounds > ROUNDS_MAX) {
        talk_find(t, VERDICT_PROTOCOL, "mysql asks for one way to log in after another");
    } else {
        /* Another plugin, or more for this one: an empty packet has no password for any. */
        say_packet(t, sequence + 1, "", 0);
    }
}

/* Servers of other protocols that speak first begin with text, which would be a length of megabytes. */
static size_t take(struct talk *t, const unsigned char *bytes, size_t len)
{
    if (len < HEADER_SIZE)
        return 0;
    size_t size = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
    if (size == 0 || size > TALK_MESSAGE_MAX - HEADER_SIZE) {
        talk_find_stranger(t, bytes, len);
        return 0;
    }
    if (len < HEADER_SIZE + size)
        return 0;
    if (t->answered)
        take_answer(t, bytes + HEADER_SIZE, size, bytes[3]);
    else
        take_greeting(t, bytes + HEADER_SIZE, size, bytes[3]);
    return HEADER_SIZE + size;
}

const struct talk_kind mysql_talk = {.name = "mysql", .take = take};
