/* A receiver that is no limit: it takes mail by SMTP, looks only for the end of each message, and
 * keeps nothing. Prints its port, and lives until its standard input ends.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, LINE = 1024, CARRY = 4, ANSWERS = 1 << 14 };

struct connection {
    int fd, in_body;
    size_t kept; /* octets of a line, or of what may be the first half of a message's end */
    char rest[LINE];
};

static const char END[] = "\r\n.\r\n";
static char room[LINE + CHUNK], answers[ANSWERS];
static size_t answered;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void say(const char *words)
{
    size_t length = strlen(words);
    if (answered + length > ANSWERS)
        fail("too many commands at once");
    memcpy(answers + answered, words, length);
    answered += length;
}

/* Keep what is to be looked at again with the next octets. */
static void keep(struct connection *one, const char *from, size_t length)
{
    if (length >= LINE)
        fail("a line is too long");
    memcpy(one->rest, from, length);
    one->kept = length;
}

/* Skip a message; return where the next command begins, or NULL where its end has not come. */
static const char *skip(struct connection *one, const char *at, const char *end)
{
    const char *found = memmem(at, end - at, END, 5);
    if (found == NULL) {
        size_t tail = end - at < CARRY ? end - at : CARRY;
        keep(one, end - tail, tail);
        return NULL;
    }
    one->in_body = 0;
    say("250 2.0.0 Ok: taken\r\n");
    return found + 5;
}

/* Answer a command; return where the next octets begin, or NULL where its line is not whole. */
static const char *answer(struct connection *one, const char *at, const char *end, int *leaving)
{
    const char *line_end = memchr(at, '\n', end - at);
    if (line_end == NULL) {
        keep(one, at, end - at);
        return NULL;
    }
    switch (*at | 32) {
    case 'e':
        say("250-receiver.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
        break;
    case 'd':
        one->in_body = 1;
        say("354 go on\r\n");
        return line_end - 1; /* the line end counts: a lone dot may follow at once */
    case 'q':
        say("221 2.0.0 bye\r\n");
        *leaving = 1;
        break;
    default:
        say("250 2.1.0 Ok\r\n");
    }
    return line_end + 1;
}

/* Take what has come; return 0 where the connection is over. */
static int hear(struct connection *one)
{
    memcpy(room, one->rest, one->kept);
    ssize_t got = recv(one->fd, room + one->kept, CHUNK, 0);
    if (got <= 0)
        return 0;
    const char *at = room, *end = room + one->kept + got;
    int leaving = 0;
    one->kept = answered = 0;
    while (at != NULL && at < end && !leaving)
        at = one->in_body ? skip(one, at, end) : answer(one, at, end, &leaving);
    if (answered && send(one->fd, answers, answered, MSG_NOSIGNAL) != (ssize_t)answered)
        return 0;
    return !leaving;
}

static void watch(int poller, int fd, void *what)
{
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = what};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wish) < 0)
        fail("epoll_ctl");
}

static void welcome(int poller, int listener)
{
    static const char greeting[] = "220 receiver.test ready\r\n";
    int on = 1, fd = accept(listener, NULL, NULL);
    struct connection *one = calloc(1, sizeof *one);
    if (fd < 0 || one == NULL)
        fail("accept");
    one->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL) < 0)
        fail("greeting");
    watch(poller, fd, one);
}

static int listening(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 256) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    struct epoll_event events[64];
    int poller = epoll_create1(0), listener = listening();
    watch(poller, listener, &listener);
    watch(poller, STDIN_FILENO, &poller);
    for (;;) {
        int count = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct connection *one = events[i].data.ptr;
            if ((void *)one == &poller)
                return 0;
            if ((void *)one == &listener)
                welcome(poller, listener);
            else if (!hear(one)) {
                close(one->fd);
                free(one);
            }
        }
    }
}
