#include "probes/http_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/base64.h>

/* A user name and a password of a URL, and both in base64. */
#define LOGIN_MAX 2048
#define LOGIN_BASE64_MAX (LOGIN_MAX * 4 / 3 + 8)

/* Shorter words are no secrets that a quote could give away. */
#define WORD_MIN 4

static bool append(struct attempt *a, const char *line)
{
    struct curl_slist *longer = curl_slist_append(a->headers, line);
    if (longer == NULL)
        return false;
    a->headers = longer;
    return true;
}

/* libcurl takes "Name:" for the wish to leave a header out, and "Name;" for an empty one. */
static bool append_header(struct attempt *a, const char *line, size_t len)
{
    char text[2048];
    struct buf b = BUF_OVER(text);
    buf_reset(&b);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    bool empty = len > 0 && line[len - 1] == ':';
    buf_write(&b, line, empty ? len - 1 : len);
    if (empty)
        buf_putc(&b, ';');
    return append(a, text);
}

int http_request_headers(struct attempt *a)
{
    const char *line = a->request.headers;
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        if (!append_header(a, line, len))
            return -1;
        line += line[len] == '\0' ? len : len + 1;
    }
    return 0;
}

static bool states_content_type(const char *headers)
{
    static const char name[] = "Content-Type:";
    for (const char *line = headers; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, sizeof(name) - 1) == 0)
            return true;
    }
    return false;
}

static bool has_body(const struct attempt *a, const char *method)
{
    bool usual = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    return usual || (a->request.body[0] != '\0' && strcmp(method, "HEAD") != 0);
}

static bool set_body(struct attempt *a)
{
    /* libcurl would call it a form. */
    if (!states_content_type(a->request.headers) && !append(a, "Content-Type:"))
        return false;
    return curl_easy_setopt(a->easy, CURLOPT_POSTFIELDS, a->request.body) == CURLE_OK &&
           curl_easy_setopt(a->easy, CURLOPT_POSTFIELDSIZE, -1L) == CURLE_OK;
}

int http_request_set(struct attempt *a, const char *method, bool headers, bool body)
{
    CURL *c = a->easy;
    bool head = strcmp(method, "HEAD") == 0;
    curl_slist_free_all(a->headers);
    a->headers = NULL;
    bool set = curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK && (!headers || http_request_headers(a) == 0) &&
               (!body || !has_body(a, method) || set_body(a)) &&
               (!head || curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK) &&
               curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, head ? NULL : method) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_HTTPHEADER, a->headers) == CURLE_OK;
    return set ? 0 : -1;
}

static bool is_of_word(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

static bool shares_word(const char *text, const char *secret)
{
    for (const char *at = text; *at != '\0';) {
        size_t len = 0;
        while (is_of_word(at[len]))
            len++;
        if (len >= WORD_MIN && memmem(secret, strlen(secret), at, len) != NULL)
            return true;
        at += len == 0 ? 1 : len;
    }
    return false;
}

static bool shares_login(const char *text, const char *user, const char *password)
{
    char login[LOGIN_MAX];
    char base64[LOGIN_BASE64_MAX];
    size_t len = 0;
    struct buf b = BUF_OVER(login);
    buf_reset(&b);
    buf_printf(&b, "%s:%s", user, password);
    int rc = mbedtls_base64_encode((unsigned char *)base64, sizeof(base64), &len, (unsigned char *)login, b.len);
    bool shared = rc != 0 || shares_word(text, login) || shares_word(text, base64);
    explicit_bzero(login, sizeof(login));
    explicit_bzero(base64, sizeof(base64));
    return shared;
}

bool http_request_repeats(const struct attempt *a, const char *text)
{
    char *user = NULL;
    char *password = NULL;
    curl_url_get(a->url, CURLUPART_USER, &user, CURLU_URLDECODE);
    curl_url_get(a->url, CURLUPART_PASSWORD, &password, CURLU_URLDECODE);
    bool shared = shares_word(text, a->request.headers) || shares_word(text, a->request.body);
    const char *query = strchr(a->request.url, '?');
    if (query != NULL)
        shared = shared || shares_word(text, query);
    if (user != NULL || password != NULL)
        shared = shared || shares_login(text, user == NULL ? "" : user, password == NULL ? "" : password);
    if (password != NULL)
        explicit_bzero(password, strlen(password));
    curl_free(user);
    curl_free(password);
    return shared;
}
