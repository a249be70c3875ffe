/* Puts a text as an object, with the credentials of the instance's role, over plain sockets.
 *
 *     role_put METADATA-HOST:PORT S3-HOST:PORT REGION /BUCKET/KEY TEXT
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "rolesig.h"

static void fail(const char *what, const char *why) {
    fprintf(stderr, "role_put: %s: %s\n", what, why);
    exit(1);
}

static rolesig_text text(const char *string) { return (rolesig_text){string, strlen(string)}; }

static int dial(const char *endpoint) {
    char host[256];
    const char *colon = strrchr(endpoint, ':');
    if (!colon || (size_t)(colon - endpoint) >= sizeof host) fail(endpoint, "give HOST:PORT");
    memcpy(host, endpoint, (size_t)(colon - endpoint));
    host[colon - endpoint] = 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, colon + 1, &hints, &found)) fail(endpoint, "is an unknown host");
    int stream = socket(found->ai_family, SOCK_STREAM, 0);
    struct timeval limit = {.tv_sec = 10};
    setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(stream, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(stream, found->ai_addr, found->ai_addrlen)) fail(endpoint, "does not answer");
    freeaddrinfo(found);
    return stream;
}

static void send_all(int stream, const char *at, size_t len) {
    while (len > 0) {
        ssize_t sent = send(stream, at, len, MSG_NOSIGNAL);
        if (sent <= 0) fail("sending", "the connection ended");
        at += sent;
        len -= (size_t)sent;
    }
}

/* Sends one request, and reads its response in small pieces. */
static rolesig_status exchange(rolesig_imds *imds, const char *endpoint, const rolesig_buffer *request) {
    int stream = dial(endpoint);
    send_all(stream, request->at, request->len);
    rolesig_status status = ROLESIG_MORE;
    while (status == ROLESIG_MORE) {
        char piece[100];
        ssize_t len = recv(stream, piece, sizeof piece, 0);
        rolesig_text read = {piece, len > 0 ? (size_t)len : 0};
        status = len > 0 ? rolesig_imds_take(imds, &read) : rolesig_imds_end(imds);
    }
    close(stream);
    return status;
}

static void fetch(rolesig_imds *imds, const char *endpoint) {
    rolesig_text host = text(endpoint);
    rolesig_status status = ROLESIG_OK;
    while (status == ROLESIG_OK) {
        char room[512];
        rolesig_buffer request = {room, sizeof room, 0};
        status = rolesig_imds_request(imds, &host, &request);
        if (status == ROLESIG_OK) status = exchange(imds, endpoint, &request);
    }
    if (status != ROLESIG_DONE) fail("the role's credentials", rolesig_status_text(status));
}

static void put(const rolesig_signer *signer, const char *endpoint, const char *path, const char *body) {
    rolesig_request request = {
        .method = ROLESIG_TEXT("PUT"), .host = text(endpoint), .path = text(path), .payload = text(body)};
    char paths[1024], lines[8192], head[10240];
    rolesig_buffer target = {paths, sizeof paths, 0}, headers = {lines, sizeof lines, 0};
    rolesig_status status = rolesig_sign(signer, &request, (uint64_t)time(NULL), &target, &headers);
    if (status != ROLESIG_OK) fail("signing", rolesig_status_text(status));
    int len = snprintf(head, sizeof head,
                       "PUT %.*s HTTP/1.1\r\nhost: %s\r\ncontent-length: %zu\r\nconnection: close\r\n%.*s\r\n",
                       (int)target.len, target.at, endpoint, strlen(body), (int)headers.len, headers.at);
    if (len < 0 || (size_t)len >= sizeof head) fail("the request", "is too long");
    int stream = dial(endpoint);
    send_all(stream, head, (size_t)len);
    send_all(stream, body, strlen(body));
    char response[4096];
    size_t read = 0;
    ssize_t more;
    while ((more = recv(stream, response + read, sizeof response - 1 - read, 0)) > 0) read += (size_t)more;
    response[read] = 0;
    close(stream);
    if (strncmp(response, "HTTP/1.1 200 ", 13) != 0) fail("S3 refused", response);
}

int main(int count, char **arguments) {
    if (count != 6) fail("usage", "role_put METADATA-HOST:PORT S3-HOST:PORT REGION /BUCKET/KEY TEXT");
    rolesig_imds imds;
    if (rolesig_imds_new(&imds, sizeof imds) != ROLESIG_OK) fail("rolesig.h", "does not match librolesig.a");
    fetch(&imds, arguments[1]);
    rolesig_signer signer = {.region = text(arguments[3]), .service = ROLESIG_TEXT("s3")};
    uint64_t expires_at;
    if (rolesig_imds_credentials(&imds, &signer.credentials, &expires_at) != ROLESIG_OK) fail("credentials", "are not available");
    put(&signer, arguments[2], arguments[4], arguments[5]);
    printf("put on credentials that expire in %ld s\n", (long)expires_at - (long)time(NULL));
    rolesig_imds_wipe(&imds);
    return 0;
}
