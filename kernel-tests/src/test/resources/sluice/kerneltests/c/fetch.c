// SPDX-License-Identifier: Apache-2.0
// fetch HOST: resolves HOST by the C library (getaddrinfo(3)), prints its addresses, a line each, and then what a web
// server says that it reaches by one of them. For C libraries other than the system's.
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char text[4096];
    int connected = -1;

    if (argc != 2) {
        fprintf(stderr, "usage: fetch HOST\n");
        return 2;
    }
    int error = getaddrinfo(argv[1], "80", &hints, &found);
    if (error) {
        fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(error));
        return 1;
    }
    for (struct addrinfo *each = found; each; each = each->ai_next) {
        getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
        printf("%s\n", text);
        if (connected < 0) {
            int fd = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (fd >= 0 && connect(fd, each->ai_addr, each->ai_addrlen) == 0)
                connected = fd;
            else if (fd >= 0)
                close(fd);
        }
    }
    freeaddrinfo(found);
    if (connected < 0) {
        perror("connect");
        return 1;
    }
    int length = snprintf(text, sizeof(text), "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", argv[1]);
    if (write(connected, text, length) != length) {
        perror("write");
        return 1;
    }
    for (ssize_t count; (count = read(connected, text, sizeof(text))) > 0;)
        fwrite(text, 1, count, stdout);
    return 0;
}
