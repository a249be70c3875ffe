/* The conversation with IMDSv2, with all kinds of responses: whole, in pieces, cut, refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rolesig.h"

#define MUST(what) \
    do { \
        if (!(what)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            exit(1); \
        } \
    } while (0)

static const char TOKEN[] = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntoken";
static const char ROLE[] = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nmy-role";
static const char DOCUMENT[] =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    "13\r\n{\"Code\": \"Success\",\r\n"
    "65\r\n\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"a\\/b\",\"Token\":\"t\",\"Expiration\":\"2015-08-30T18:36:00Z\"}"
    "\r\n0\r\n\r\n";

static const rolesig_text HOST = ROLESIG_TEXT("169.254.169.254");

static rolesig_imds *begun(void) {
    rolesig_imds *imds = malloc(sizeof *imds);
    memset(imds, 0xa5, sizeof *imds);
    MUST(rolesig_imds_new(imds, sizeof *imds) == ROLESIG_OK);
    return imds;
}

static void asks(rolesig_imds *imds, const char *expected) {
    char room[512];
    rolesig_buffer request = {room, sizeof room, 0};
    MUST(rolesig_imds_request(imds, &HOST, &request) == ROLESIG_OK);
    MUST(request.len == strlen(expected) && memcmp(room, expected, request.len) == 0);
}

static rolesig_status take(rolesig_imds *imds, const char *response, size_t len, size_t piece) {
    rolesig_status status = ROLESIG_MORE;
    while (len > 0 && status == ROLESIG_MORE) {
        size_t now = piece < len ? piece : len;
        char *heap = malloc(now); /* so that an overrun by one byte is detected */
        memcpy(heap, response, now);
        rolesig_text read = {heap, now};
        status = rolesig_imds_take(imds, &read);
        free(heap);
        response += now;
        len -= now;
    }
    return status;
}

static rolesig_status respond(rolesig_imds *imds, const char *response) { return take(imds, response, strlen(response), 7); }

static void ask_for_token(rolesig_imds *imds) {
    asks(imds, "PUT /latest/api/token HTTP/1.1\r\nhost: 169.254.169.254\r\n"
               "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: 0\r\n\r\n");
}

static void ask_for_role(rolesig_imds *imds) {
    asks(imds, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\nhost: 169.254.169.254\r\n"
               "x-aws-ec2-metadata-token: token\r\n\r\n");
}

static void ask_for_document(rolesig_imds *imds) {
    asks(imds, "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\nhost: 169.254.169.254\r\n"
               "x-aws-ec2-metadata-token: token\r\n\r\n");
}

static void has_credentials(const rolesig_imds *imds) {
    rolesig_credentials found;
    uint64_t expires_at;
    MUST(rolesig_imds_credentials(imds, &found, &expires_at) == ROLESIG_OK);
    MUST(found.access_key_id.len == 11 && memcmp(found.access_key_id.at, "ASIAEXAMPLE", 11) == 0);
    MUST(found.secret_access_key.len == 3 && memcmp(found.secret_access_key.at, "a/b", 3) == 0);
    MUST(found.session_token.len == 1 && found.session_token.at[0] == 't');
    MUST(expires_at == 1440959760);
    MUST(rolesig_imds_credentials(imds, &found, NULL) == ROLESIG_OK);
}

static void in_pieces_of_any_length(void) {
    for (size_t piece = 1; piece < 200; piece++) {
        rolesig_imds *imds = begun();
        ask_for_token(imds);
        ask_for_token(imds);
        MUST(take(imds, TOKEN, strlen(TOKEN), piece) == ROLESIG_OK);
        ask_for_role(imds);
        MUST(take(imds, ROLE, strlen(ROLE), piece) == ROLESIG_OK);
        ask_for_document(imds);
        MUST(take(imds, DOCUMENT, strlen(DOCUMENT), piece) == ROLESIG_DONE);
        has_credentials(imds);

        char room[512];
        rolesig_buffer request = {room, sizeof room, 0};
        MUST(rolesig_imds_request(imds, &HOST, &request) == ROLESIG_DONE);
        MUST(rolesig_imds_restart(imds) == ROLESIG_OK);
        ask_for_role(imds);
        has_credentials(imds);
        MUST(rolesig_imds_wipe(imds) == ROLESIG_OK);
        ask_for_token(imds);
        for (const char *at = (const char *)imds; at + 11 <= (const char *)(imds + 1); at++) {
            MUST(memcmp(at, "ASIAEXAMPLE", 11) != 0);
        }
        free(imds);
    }
}

static void what_fails_is_asked_again(void) {
    rolesig_imds *imds = begun();
    rolesig_credentials none;
    MUST(rolesig_imds_credentials(imds, &none, NULL) == ROLESIG_OUT_OF_TURN);
    MUST(rolesig_imds_end(imds) == ROLESIG_TRY_LATER);
    ask_for_token(imds);
    MUST(respond(imds, "HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n") == ROLESIG_TRY_LATER);
    ask_for_token(imds);
    for (size_t len = 0; len < strlen(TOKEN); len++) { /* cut at every byte */
        MUST(take(imds, TOKEN, len, 7) == ROLESIG_MORE);
        MUST(rolesig_imds_end(imds) == ROLESIG_TRY_LATER);
        ask_for_token(imds);
    }
    MUST(respond(imds, "SSH-2.0-OpenSSH_9.2\r\n") == ROLESIG_BAD_RESPONSE);
    ask_for_token(imds);
    MUST(respond(imds, "HTTP/1.1 403 \r\ncontent-length: 0\r\n\r\n") == ROLESIG_NOT_HERE);
    ask_for_token(imds);
    MUST(respond(imds, TOKEN) == ROLESIG_OK);
    ask_for_role(imds);
    /* A body that ends with the connection. */
    MUST(respond(imds, "HTTP/1.0 200 OK\r\n\r\nmy-role\n") == ROLESIG_MORE);
    MUST(rolesig_imds_end(imds) == ROLESIG_OK);
    ask_for_document(imds);
    MUST(respond(imds, "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"Code\":\"Nope\"") == ROLESIG_TRY_LATER);
    ask_for_role(imds); /* the last response was unreadable: from the beginning */
    MUST(respond(imds, ROLE) == ROLESIG_OK);
    ask_for_document(imds);
    MUST(respond(imds, "HTTP/1.1 200 OK\r\ncontent-length: 28\r\n\r\n{\"Code\":\"Failed\",\"M\":\"none\"}") == ROLESIG_REFUSED);
    MUST(rolesig_imds_credentials(imds, &none, NULL) == ROLESIG_OUT_OF_TURN);
    free(imds);
}

static void what_is_too_long_is_refused(void) {
    for (size_t surplus = 0; surplus < 2; surplus++) {
        rolesig_imds *imds = begun();
        static const char HEAD[] = "HTTP/1.0 200 OK\r\n\r\n";
        size_t len = strlen(HEAD) + ROLESIG_IMDS_BODY + surplus;
        char *response = malloc(len);
        memset(response, ' ', len);
        memcpy(response, HEAD, strlen(HEAD));
        ask_for_token(imds);
        MUST(take(imds, response, len, 1000) == (surplus ? ROLESIG_TOO_LONG : ROLESIG_MORE));
        ask_for_token(imds);
        free(response);
        free(imds);
    }
}

static void wrong_arguments(void) {
    rolesig_imds imds;
    char room[512];
    rolesig_buffer request = {room, sizeof room, 0};
    rolesig_text read = ROLESIG_TEXT("HTTP");
    rolesig_credentials found;
    MUST(rolesig_imds_new(NULL, sizeof imds) == ROLESIG_NULL);
    MUST(rolesig_imds_new(&imds, 1000) == ROLESIG_NULL);
    MUST(rolesig_imds_new((rolesig_imds *)(void *)((char *)&imds + 1), sizeof imds - 8) == ROLESIG_NULL);
    MUST(rolesig_imds_new(&imds, sizeof imds) == ROLESIG_OK);
    MUST(rolesig_imds_request(NULL, &HOST, &request) == ROLESIG_NULL);
    MUST(rolesig_imds_request(&imds, NULL, &request) == ROLESIG_NULL);
    MUST(rolesig_imds_request(&imds, &HOST, NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_take(NULL, &read) == ROLESIG_NULL);
    MUST(rolesig_imds_take(&imds, NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_end(NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_credentials(NULL, &found, NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_credentials(&imds, NULL, NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_restart(NULL) == ROLESIG_NULL);
    MUST(rolesig_imds_wipe(NULL) == ROLESIG_NULL);
    rolesig_text split = ROLESIG_TEXT("host\r\nx: y");
    MUST(rolesig_imds_request(&imds, &split, &request) == ROLESIG_HOST);
    request.room = 100;
    MUST(rolesig_imds_request(&imds, &HOST, &request) == ROLESIG_NEEDS_ROOM && request.len > 100);
    request.room = request.len;
    MUST(rolesig_imds_request(&imds, &HOST, &request) == ROLESIG_OK && request.room == request.len);
}

int main(void) {
    in_pieces_of_any_length();
    what_fails_is_asked_again();
    what_is_too_long_is_refused();
    wrong_arguments();
    puts("imds: credentials from pieces of any length");
    return 0;
}
