/* What an attempt says and hears over its connection, whoever made it. */
#include <errno.h>
#include <sys/socket.h>

#include "probes/attempt.h"

CURLcode attempt_send(struct attempt *a, const void *bytes, size_t len, size_t *sent)
{
    if (a->knock_fd < 0)
        return curl_easy_send(a->easy, bytes, len, sent);
    ssize_t n = send(a->knock_fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    *sent = n > 0 ? (size_t)n : 0;
    if (n >= 0)
        return CURLE_OK;
    return errno == EAGAIN ? CURLE_AGAIN : CURLE_SEND_ERROR;
}

CURLcode attempt_receive(struct attempt *a, void *bytes, size_t cap, size_t *got)
{
    if (a->knock_fd < 0)
        return curl_easy_recv(a->easy, bytes, cap, got);
    ssize_t n = recv(a->knock_fd, bytes, cap, MSG_DONTWAIT);
    *got = n > 0 ? (size_t)n : 0;
    if (n >= 0)
        return CURLE_OK;
    return errno == EAGAIN ? CURLE_AGAIN : CURLE_RECV_ERROR;
}
