#include "init/setup/entry.h"

#include <stdio.h>
#include <string.h>

#include "init/base/digest.h"
#include "init/base/text.h"
#include "init/setup/facts.h"

#define WORD_MAX 64
#define TIME_MAX 40
#define SUM_MAX 160 /* SHA-512 in hex, with the name of the algorithm */
#define ID_MAX 64
#define KIND_SHOWN_MAX 40

enum member_type {
    MEMBER_TEXT,
    MEMBER_COUNT, /* uint32_t */
    MEMBER_FLAG,
    MEMBER_STATUS,
    MEMBER_ROLLBACK,
    MEMBER_OUTCOME,
    MEMBER_FACTS,
};

#define IN(kind) (1U << ENTRY_##kind)
#define IN_STEPS (IN(STEP) | IN(REOPEN) | IN(BEFORE) | IN(AFTER) | IN(ROLLBACK) | IN(TAKEN_BACK) | IN_SNAPSHOT_ITEMS)
#define IN_SNAPSHOT_ITEMS (IN(SNAPSHOT_STEP) | IN(SNAPSHOT_ATTEMPT) | IN(SNAPSHOT_ARTIFACT))
#define IN_PATHS (IN(BEFORE) | IN(AFTER) | IN(TAKEN_BACK) | IN(SNAPSHOT_ARTIFACT))
#define IN_ATTEMPTS (IN(STEP) | IN(SNAPSHOT_STEP) | IN(SNAPSHOT_ATTEMPT))

static const struct member {
    const char *name;
    enum member_type type;
    uint32_t kinds;
    uint32_t required; /* of the kinds: those that cannot be without */
    size_t offset;
    size_t max; /* of a text, in bytes */
} members[] = {
#define AT(field) offsetof(struct entry, field)
    {"manifest_sha256", MEMBER_TEXT, IN(SESSION), 0, AT(manifest_sha256), SUM_MAX},
    {"config_digest", MEMBER_TEXT, IN(SESSION) | IN(CONFIGURATION) | IN(SNAPSHOT), 0, AT(config_digest),
     DIGEST_HEX_MAX - 1},
    {"pid", MEMBER_COUNT, IN(SESSION), 0, AT(pid), 0},
    {"boot_id", MEMBER_TEXT, IN(SESSION), 0, AT(boot_id), ID_MAX},
    {"lines", MEMBER_COUNT, IN(SNAPSHOT), IN(SNAPSHOT), AT(lines), 0},
    {"step_id", MEMBER_TEXT, IN_STEPS, IN_STEPS, AT(step_id), ID_MAX},
    {"from", MEMBER_STATUS, IN(STEP), IN(STEP), AT(from), 0},
    {"to", MEMBER_STATUS, IN(STEP), IN(STEP), AT(to), 0},
    {"status", MEMBER_STATUS, IN(SNAPSHOT_STEP) | IN(SNAPSHOT_ATTEMPT), IN(SNAPSHOT_STEP) | IN(SNAPSHOT_ATTEMPT),
     AT(to), 0},
    {"generation", MEMBER_COUNT, IN(SNAPSHOT_STEP), IN(SNAPSHOT_STEP), AT(generation), 0},
    {"attempt", MEMBER_COUNT, IN(STEP) | IN(SNAPSHOT_ATTEMPT), IN(STEP) | IN(SNAPSHOT_ATTEMPT), AT(attempt), 0},
    {"attempts", MEMBER_COUNT, IN(SNAPSHOT_STEP), IN(SNAPSHOT_STEP), AT(attempt), 0},
    {"definition_sha256", MEMBER_TEXT, IN_ATTEMPTS, 0, AT(definition_sha256), SUM_MAX},
    {"inputs", MEMBER_TEXT, IN(STEP) | IN(SNAPSHOT_STEP), 0, AT(inputs), SUM_MAX},
    {"started_at", MEMBER_TEXT, IN_ATTEMPTS, 0, AT(started_at), TIME_MAX},
    {"completed_at", MEMBER_TEXT, IN_ATTEMPTS, 0, AT(completed_at), TIME_MAX},
    {"error", MEMBER_TEXT, IN_ATTEMPTS, 0, AT(error), ENTRY_REMARK_MAX},
    {"skip_reason", MEMBER_TEXT, IN(STEP) | IN(SNAPSHOT_STEP), 0, AT(skip_reason), WORD_MAX},
    {"skip_source", MEMBER_TEXT, IN(STEP) | IN(SNAPSHOT_STEP), 0, AT(skip_source), WORD_MAX},
    {"why", MEMBER_TEXT, IN(REOPEN), IN(REOPEN), AT(why), WORD_MAX},
    {"reopened", MEMBER_TEXT, IN(SNAPSHOT_STEP), 0, AT(why), WORD_MAX},
    {"artifact_path", MEMBER_TEXT, IN_PATHS, IN_PATHS, AT(artifact_path), ENTRY_TEXT_MAX},
    {"resolved", MEMBER_TEXT, IN(BEFORE) | IN(SNAPSHOT_ARTIFACT), 0, AT(resolved), ENTRY_TEXT_MAX},
    {"backup", MEMBER_TEXT, IN(BEFORE) | IN(SNAPSHOT_ARTIFACT), 0, AT(backup), WIRE_BACKUP_MAX - 1},
    {"facts", MEMBER_FACTS, IN(BEFORE), IN(BEFORE), AT(before), 0},
    {"facts", MEMBER_FACTS, IN(AFTER), IN(AFTER), AT(after), 0},
    {"has_before", MEMBER_FLAG, IN(SNAPSHOT_ARTIFACT), IN(SNAPSHOT_ARTIFACT), AT(has_before), 0},
    {"before", MEMBER_FACTS, IN(SNAPSHOT_ARTIFACT), IN(SNAPSHOT_ARTIFACT), AT(before), 0},
    {"has_after", MEMBER_FLAG, IN(SNAPSHOT_ARTIFACT), IN(SNAPSHOT_ARTIFACT), AT(has_after), 0},
    {"after", MEMBER_FACTS, IN(SNAPSHOT_ARTIFACT), IN(SNAPSHOT_ARTIFACT), AT(after), 0},
    {"taken_back", MEMBER_FLAG, IN(SNAPSHOT_ARTIFACT), IN(SNAPSHOT_ARTIFACT), AT(taken_back), 0},
    {"state", MEMBER_ROLLBACK, IN(ROLLBACK), IN(ROLLBACK), AT(rollback), 0},
    {"rollback", MEMBER_ROLLBACK, IN(SNAPSHOT_STEP), IN(SNAPSHOT_STEP), AT(rollback), 0},
    {"outcome", MEMBER_OUTCOME, IN(TAKEN_BACK), IN(TAKEN_BACK), AT(outcome), 0},
    {"detail", MEMBER_TEXT, IN(REOPEN) | IN(TAKEN_BACK), 0, AT(detail), ENTRY_REMARK_MAX},
#undef AT
};
#define MEMBER_COUNT_OF_ALL (sizeof(members) / sizeof(members[0]))

const char *entry_kind_name(enum entry_kind k)
{
    static const char *const names[ENTRY_KIND_COUNT] = {
        [ENTRY_SESSION] = "session",
        [ENTRY_CONFIGURATION] = "configuration",
        [ENTRY_STEP] = "step",
        [ENTRY_REOPEN] = "reopen",
        [ENTRY_BEFORE] = "before",
        [ENTRY_AFTER] = "after",
        [ENTRY_ROLLBACK] = "rollback",
        [ENTRY_TAKEN_BACK] = "taken_back",
        [ENTRY_SNAPSHOT] = "snapshot",
        [ENTRY_SNAPSHOT_STEP] = "snapshot_step",
        [ENTRY_SNAPSHOT_ATTEMPT] = "snapshot_attempt",
        [ENTRY_SNAPSHOT_ARTIFACT] = "snapshot_artifact",
    };
    return (size_t)k < ENTRY_KIND_COUNT ? names[k] : "unknown";
}

static const char *step_word(uint32_t i)
{
    return step_status_name((enum step_status)i);
}

static const char *rollback_word(uint32_t i)
{
    return rollback_state_name((enum rollback_state)i);
}

static const char *outcome_word(uint32_t i)
{
    return restore_outcome_name((enum wire_restore_outcome)i);
}

/* Members that are one of a few words, in memory an enum. */
static const struct vocabulary {
    const char *(*word)(uint32_t i);
    uint32_t count;
} vocabularies[] = {
    [MEMBER_STATUS] = {step_word, STEP_STATUS_COUNT},
    [MEMBER_ROLLBACK] = {rollback_word, ROLLBACK_STATE_COUNT},
    [MEMBER_OUTCOME] = {outcome_word, RESTORE_OUTCOME_COUNT},
    [MEMBER_FACTS] = {NULL, 0},
};
_Static_assert(sizeof(enum step_status) == sizeof(uint32_t), "enums are read as numbers");
_Static_assert(sizeof(enum rollback_state) == sizeof(uint32_t), "enums are read as numbers");
_Static_assert(sizeof(enum wire_restore_outcome) == sizeof(uint32_t), "enums are read as numbers");

static bool read_count(const struct json *n, uint32_t *out)
{
    int64_t value = 0;
    if (!json_integer(n, &value) || value < 0 || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool read_word(const struct json *n, const struct vocabulary *v, uint32_t *out)
{
    const char *text = json_string(n);
    for (uint32_t i = 0; text != NULL && i < v->count; i++) {
        if (strcmp(text, v->word(i)) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_text(const struct json *n, const struct member *m, const char **out)
{
    *out = json_string(n);
    return *out == NULL ? json_type(n) == JSON_NULL : strlen(*out) <= m->max;
}

static bool read_flag(const struct json *n, bool *out)
{
    *out = json_true(n);
    return json_type(n) == JSON_BOOL;
}

static bool read_member(const struct json *n, const struct member *m, struct entry *out)
{
    void *at = (char *)out + m->offset;
    switch (m->type) {
    case MEMBER_TEXT:
        return read_text(n, m, at);
    case MEMBER_COUNT:
        return read_count(n, at);
    case MEMBER_FLAG:
        return read_flag(n, at);
    case MEMBER_STATUS:
    case MEMBER_ROLLBACK:
    case MEMBER_OUTCOME:
        return read_word(n, &vocabularies[m->type], at);
    case MEMBER_FACTS:
        return facts_read(n, at);
    }
    return false;
}

static bool is_session_id(const char *s)
{
    return s != NULL && strlen(s) == SESSION_ID_MAX - 1 && strspn(s, "0123456789abcdef") == SESSION_ID_MAX - 1;
}

static int read_kind(const char *name, struct entry *out, struct err *e)
{
    if (name == NULL) {
        return err_set(e, ERR_MANIFEST, 0, "its \"kind\" is missing");
    }
    for (uint32_t k = 0; k < ENTRY_KIND_COUNT; k++) {
        if (strcmp(name, entry_kind_name((enum entry_kind)k)) == 0) {
            out->kind = (enum entry_kind)k;
            return 0;
        }
    }
    char shown[KIND_SHOWN_MAX];
    text_printable(name, strlen(name), shown, sizeof(shown));
    return err_set(e, ERR_MANIFEST, 0, "its kind \"%s\" is not known here: a newer muster has written it", shown);
}

/* What every line begins with. */
static int read_header(const struct json *root, struct entry *out, struct err *e)
{
    int64_t sequence = 0;
    if (!json_integer(json_get(root, "sequence"), &sequence) || sequence < 1) {
        return err_set(e, ERR_MANIFEST, 0, "its \"sequence\" is not a number from 1");
    }
    out->sequence = (uint64_t)sequence;
    out->session = json_string(json_get(root, "session"));
    if (!is_session_id(out->session)) {
        return err_set(e, ERR_MANIFEST, 0, "its \"session\" is not 32 hexadecimal digits");
    }
    return read_kind(json_string(json_get(root, "kind")), out, e);
}

static bool is_empty_text(const struct member *m, const struct entry *entry)
{
    const char *text = NULL;
    if (m->type != MEMBER_TEXT) {
        return false;
    }
    memcpy(&text, (const char *)entry + m->offset, sizeof(text));
    return text == NULL || text[0] == '\0';
}

int entry_read(const struct json *root, struct entry *out, struct err *e)
{
    struct entry entry = {.kind = ENTRY_SESSION};
    if (json_type(root) != JSON_OBJECT) {
        return err_set(e, ERR_MANIFEST, 0, "it is not a JSON object");
    }
    if (read_header(root, &entry, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < MEMBER_COUNT_OF_ALL; i++) {
        const struct member *m = &members[i];
        if ((m->kinds & 1U << entry.kind) == 0) {
            continue;
        }
        const struct json *n = json_get(root, m->name);
        bool required = (m->required & 1U << entry.kind) != 0;
        if ((n != NULL && !read_member(n, m, &entry)) || (required && (n == NULL || is_empty_text(m, &entry)))) {
            return err_set(e, ERR_MANIFEST, 0, "its \"%s\" is %s", m->name, n == NULL ? "missing" : "not as it can be");
        }
    }
    *out = entry;
    return 0;
}

static int check_text(const struct member *m, const char *text, struct err *e)
{
    size_t len = text != NULL ? strlen(text) : 0;
    /* Remarks are for people: they are made to fit. Everything else has to come back as it is. */
    if (m->max == ENTRY_REMARK_MAX || len == 0) {
        return 0;
    }
    if (len > m->max) {
        return err_set(e, ERR_LIMIT, 0, "\"%s\" has more than %zu bytes", m->name, m->max);
    }
    return text_utf8_span(text, len) == len ? 0 : err_set(e, ERR_LIMIT, 0, "\"%s\" is not valid UTF-8", m->name);
}

int entry_check(const struct entry *entry, struct err *e)
{
    for (size_t i = 0; i < MEMBER_COUNT_OF_ALL; i++) {
        const struct member *m = &members[i];
        const void *at = (const char *)entry + m->offset;
        if ((m->kinds & 1U << entry->kind) == 0) {
            continue;
        }
        if ((m->required & 1U << entry->kind) != 0 && is_empty_text(m, entry)) {
            return err_set(e, ERR_LIMIT, 0, "\"%s\" is missing", m->name);
        }
        if (m->type == MEMBER_TEXT && check_text(m, *(const char *const *)at, e) != 0) {
            return -1;
        }
        if (m->type == MEMBER_FACTS && !facts_fit(at)) {
            return err_set(e, ERR_LIMIT, 0, "\"%s\" are beyond what can be written", m->name);
        }
    }
    return 0;
}

/* What is null is left out. */
static void write_text(struct jsonw *w, const struct member *m, const char *text)
{
    char remark[ENTRY_REMARK_MAX + 1];
    if (text != NULL && m->max == ENTRY_REMARK_MAX) {
        text_printable(text, strlen(text), remark, sizeof(remark));
        text = remark;
    }
    if (text != NULL) {
        jsonw_string(w, m->name, text);
    }
}

static void write_member(struct jsonw *w, const struct member *m, const void *at)
{
    switch (m->type) {
    case MEMBER_TEXT:
        write_text(w, m, *(const char *const *)at);
        break;
    case MEMBER_COUNT:
        jsonw_uint(w, m->name, *(const uint32_t *)at);
        break;
    case MEMBER_FLAG:
        jsonw_bool(w, m->name, *(const bool *)at);
        break;
    case MEMBER_STATUS:
    case MEMBER_ROLLBACK:
    case MEMBER_OUTCOME:
        jsonw_string(w, m->name, vocabularies[m->type].word(*(const uint32_t *)at));
        break;
    case MEMBER_FACTS:
        facts_write(w, m->name, at);
        break;
    }
}

/* For people who read the journal; nothing goes on from these. */
static void write_end_of_process(struct jsonw *w, const struct entry *entry)
{
    if (entry->exited) {
        jsonw_uint(w, "exit_code", entry->exit_code);
    }
    if (entry->signal != 0) {
        jsonw_uint(w, "signal", entry->signal);
    }
    if (entry->clock_jump_ms != 0) {
        jsonw_int(w, "clock_jump_ms", entry->clock_jump_ms);
    }
}

void entry_write(struct jsonw *w, const struct entry *entry)
{
    for (size_t i = 0; i < MEMBER_COUNT_OF_ALL; i++) {
        if ((members[i].kinds & 1U << entry->kind) != 0) {
            write_member(w, &members[i], (const char *)entry + members[i].offset);
        }
    }
    if (entry->kind == ENTRY_STEP) {
        write_end_of_process(w, entry);
    }
}
