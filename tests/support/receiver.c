/* A receiver with a memory: takes mail by SMTP and writes down what it took, before it says so.
 *
 *   receiver RECORD [delay MILLISECONDS] [drop N]
 *
 * Prints its port, and lives until its standard input ends. It offers PIPELINING and works through
 * a connection's commands in order. Each event is one line of RECORD, written by one write():
 *
 *   open CONNECTION NANOSECONDS
 *   took CONNECTION NANOSECONDS RECIPIENT MESSAGE-ID HASH OCTETS
 *   shut CONNECTION NANOSECONDS
 *
 * Nanoseconds are of CLOCK_MONOTONIC; the hash is FNV-1a, 64 bits, of the octets before the dot.
 * With `delay` a message is answered so much later than it was taken; with `drop` every Nth message
 * is taken and the connection closed instead of an answer.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256, CHUNK = 1 << 16, ADDRESS = 400 };

struct connection {
    int fd;
    int number;
    int in_body;
    int64_t answer_at; /* a message is taken and its answer waits for this moment; 0: none does */
    char recipient[ADDRESS];
    char *data;
    size_t length, capacity, scanned;
};

static struct connection *connections[MAX_CONNECTIONS];
static int record, poller, opened;
static int64_t delay, drop, taken;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static void note(const char *format, ...)
{
    char line[2048];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (length < 0 || length >= (int)sizeof line || write(record, line, length) != length)
        fail("record");
}

static uint64_t hash(const char *data, size_t length)
{
    uint64_t value = 14695981039346656037ULL;
    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)data[i]) * 1099511628211ULL;
    return value;
}

static void shut(struct connection *one)
{
    note("shut %d %lld\n", one->number, (long long)now());
    close(one->fd);
    for (int i = 0; i < MAX_CONNECTIONS; i++)
        if (connections[i] == one)
            connections[i] = NULL;
    free(one->data);
    free(one);
}

static int say(struct connection *one, const char *words)
{
    size_t length = strlen(words); /* small, and the client reads: the kernel takes it whole */
    if (send(one->fd, words, length, MSG_NOSIGNAL) == (ssize_t)length)
        return 1;
    shut(one);
    return 0;
}

/* Copy the message's Message-ID into `id`, or "-". */
static void message_id(const char *data, size_t length, char *id, size_t size)
{
    static const char name[] = "\r\nMessage-ID: ";
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    const char *found = memmem(data, end ? (size_t)(end - data) : length, name, sizeof name - 1);
    snprintf(id, size, "-");
    if (found == NULL)
        return;
    found += sizeof name - 1;
    size_t extent = strcspn(found, "\r\n ");
    if (extent < size)
        snprintf(id, size, "%.*s", (int)extent, found);
}

/* Take the message of `length` octets; return 0 where the connection is no more. */
static int take(struct connection *one, size_t length)
{
    char id[1000];
    message_id(one->data, length, id, sizeof id);
    note("took %d %lld %s %s %016llx %zu\n", one->number, (long long)now(), one->recipient, id,
         (unsigned long long)hash(one->data, length), length);
    taken++;
    one->in_body = 0;
    if (drop && taken % drop == 0) {
        shut(one);
        return 0;
    }
    if (delay) {
        one->answer_at = now() + delay;
        return 1;
    }
    return say(one, "250 2.0.0 taken\r\n");
}

static void forget(struct connection *one, size_t octets)
{
    one->length -= octets;
    one->scanned = 0;
    memmove(one->data, one->data + octets, one->length);
    one->data[one->length] = 0;
}

/* Answer one line; return 0 where the connection is no more. */
static int command(struct connection *one, char *line)
{
    if (strncasecmp(line, "EHLO", 4) == 0)
        return say(one, "250-receiver.test\r\n250-PIPELINING\r\n250 SIZE 0\r\n");
    if (strncasecmp(line, "RCPT TO:<", 9) == 0) {
        snprintf(one->recipient, sizeof one->recipient, "%.*s", (int)strcspn(line + 9, ">"),
                 line + 9);
        return say(one, "250 2.1.5 good\r\n");
    }
    if (strncasecmp(line, "DATA", 4) == 0) {
        one->in_body = 1;
        return say(one, "354 go on\r\n");
    }
    if (strncasecmp(line, "QUIT", 4) == 0) {
        if (say(one, "221 2.0.0 bye\r\n"))
            shut(one);
        return 0;
    }
    return say(one, "250 2.0.0 good\r\n");
}

/* Work through what has arrived, as far as it goes. */
static void work(struct connection *one)
{
    while (one->answer_at == 0) {
        if (one->in_body) {
            size_t from = one->scanned > 4 ? one->scanned - 4 : 0;
            char *end = memmem(one->data + from, one->length - from, "\r\n.\r\n", 5);
            one->scanned = one->length;
            if (end == NULL)
                return;
            size_t length = end + 2 - one->data;
            if (!take(one, length))
                return;
            forget(one, length + 3);
        } else {
            char *end = memmem(one->data, one->length, "\r\n", 2);
            if (end == NULL)
                return;
            *end = 0;
            size_t length = end + 2 - one->data;
            if (!command(one, one->data))
                return;
            forget(one, length);
        }
    }
}

static void hear(struct connection *one)
{
    if (one->length + CHUNK + 1 > one->capacity) {
        one->capacity = 2 * (one->length + CHUNK + 1);
        one->data = realloc(one->data, one->capacity);
        if (one->data == NULL)
            fail("realloc");
    }
    ssize_t got = recv(one->fd, one->data + one->length, CHUNK, 0);
    if (got <= 0) {
        shut(one);
        return;
    }
    one->length += got;
    one->data[one->length] = 0;
    work(one);
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        if (connections[i])
            continue;
        struct connection *one = connections[i] = calloc(1, sizeof *one);
        if (one == NULL)
            fail("calloc");
        one->fd = fd;
        one->number = ++opened;
        struct epoll_event wish = {.events = EPOLLIN, .data.ptr = one};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wish) < 0)
            fail("epoll_ctl");
        note("open %d %lld\n", one->number, (long long)now());
        say(one, "220 receiver.test ready\r\n");
        return;
    }
    close(fd);
}

/* Give the answers that are due; return the milliseconds until the next one is, or -1. */
static int answer(void)
{
    int64_t next = 0, moment = now();
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *one = connections[i];
        if (one && one->answer_at && one->answer_at <= moment) {
            one->answer_at = 0;
            if (!say(one, "250 2.0.0 taken\r\n"))
                continue;
            work(one);
            one = connections[i];
        }
        if (one && one->answer_at && (!next || one->answer_at < next))
            next = one->answer_at;
    }
    return next ? (int)((next - moment) / 1000000 + 1) : -1;
}

static int listening(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 128) < 0)
        fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        fail("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void serve(int listener)
{
    struct epoll_event events[64];
    struct epoll_event at_listener = {.events = EPOLLIN, .data.ptr = NULL};
    struct epoll_event at_input = {.events = EPOLLIN, .data.ptr = &poller};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &at_listener) < 0 ||
        epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &at_input) < 0)
        fail("epoll_ctl");
    for (;;) {
        int count = epoll_wait(poller, events, 64, answer());
        for (int i = 0; i < count; i++) {
            void *source = events[i].data.ptr;
            if (source == &poller)
                return;
            if (source == NULL)
                welcome(listener);
            else
                hear(source);
        }
    }
}

int main(int count, char **words)
{
    if (count < 2) {
        fprintf(stderr, "usage: receiver RECORD [delay MS] [drop N]\n");
        return 2;
    }
    for (int i = 2; i + 1 < count; i += 2) {
        int64_t value = atoll(words[i + 1]);
        if (strcmp(words[i], "delay") == 0)
            delay = value * 1000000;
        else if (strcmp(words[i], "drop") == 0)
            drop = value;
    }
    record = open(words[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
    poller = epoll_create1(0);
    if (record < 0 || poller < 0)
        fail(words[1]);
    serve(listening());
    return 0;
}
