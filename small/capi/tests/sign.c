/* The published example "GET Object" of "Signature Calculations for the Authorization Header" (Amazon
 * S3), and the statuses of wrong arguments. */
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

static const rolesig_pair RANGE[] = {{ROLESIG_TEXT("Range"), ROLESIG_TEXT("bytes=0-9")}};

static const rolesig_signer SIGNER = {
    .credentials = {ROLESIG_TEXT("AKIAIOSFODNN7EXAMPLE"), ROLESIG_TEXT("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                    {NULL, 0}},
    .region = ROLESIG_TEXT("us-east-1"),
    .service = ROLESIG_TEXT("s3"),
};

static const rolesig_request GET_OBJECT = {
    .method = ROLESIG_TEXT("GET"),
    .host = ROLESIG_TEXT("examplebucket.s3.amazonaws.com"),
    .path = ROLESIG_TEXT("/test.txt"),
    .headers = {RANGE, 1},
};

enum { NOW = 1369353600 }; /* 2013-05-24T00:00:00Z */

static const char EXPECTED[] =
    "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
    "x-amz-date: 20130524T000000Z\r\n"
    "authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\r\n";

static void is(const rolesig_buffer *written, const char *expected) {
    MUST(written->len == strlen(expected) && memcmp(written->at, expected, written->len) == 0);
}

static void a_published_example(void) {
    char paths[64], lines[512];
    rolesig_buffer target = {paths, sizeof paths, 0}, headers = {lines, sizeof lines, 0};
    MUST(rolesig_sign(&SIGNER, &GET_OBJECT, NOW, &target, &headers) == ROLESIG_OK);
    is(&target, "/test.txt");
    is(&headers, EXPECTED);

    /* The same body by its hash. */
    static const char EMPTY[] = "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
                                "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";
    rolesig_request request = GET_OBJECT;
    request.payload_kind = ROLESIG_SHA256;
    request.payload = (rolesig_text){EMPTY, 32};
    MUST(rolesig_sign(&SIGNER, &request, NOW, &target, &headers) == ROLESIG_OK);
    is(&headers, EXPECTED);
    request.payload.len = 31;
    MUST(rolesig_sign(&SIGNER, &request, NOW, &target, &headers) == ROLESIG_PAYLOAD_KIND);
    request.payload_kind = 3;
    MUST(rolesig_sign(&SIGNER, &request, NOW, &target, &headers) == ROLESIG_PAYLOAD_KIND);
}

/* "GET Bucket (List Objects)" of the same page: a query, in any order. */
static void a_query(void) {
    const rolesig_pair pairs[] = {{ROLESIG_TEXT("prefix"), ROLESIG_TEXT("J")},
                                  {ROLESIG_TEXT("max-keys"), ROLESIG_TEXT("2")}};
    rolesig_request request = GET_OBJECT;
    request.path = (rolesig_text)ROLESIG_TEXT("/");
    request.query = (rolesig_pairs){pairs, 2};
    request.headers = (rolesig_pairs){NULL, 0};
    char paths[64], lines[512];
    rolesig_buffer target = {paths, sizeof paths, 0}, headers = {lines, sizeof lines, 0};
    MUST(rolesig_sign(&SIGNER, &request, NOW, &target, &headers) == ROLESIG_OK);
    is(&target, "/?max-keys=2&prefix=J");
    lines[headers.len] = 0;
    MUST(strstr(lines, "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7\r\n"));
}

/* The same signature with a new key, with the kept one, and after the credentials changed. */
static void a_kept_key(void) {
    rolesig_key key;
    MUST(rolesig_key_new(NULL, sizeof key) == ROLESIG_NULL);
    MUST(rolesig_key_new(&key, sizeof key - 16) == ROLESIG_NULL);
    MUST(rolesig_key_new(&key, sizeof key) == ROLESIG_OK);
    char path[64], lines[512];
    rolesig_buffer target = {path, sizeof path, 0}, headers = {lines, sizeof lines, 0};
    rolesig_signer other = SIGNER;
    other.region = (rolesig_text)ROLESIG_TEXT("eu-west-1");
    for (int turn = 0; turn < 3; turn++) {
        MUST(rolesig_sign_with_key(&SIGNER, &key, &GET_OBJECT, NOW, &target, &headers) == ROLESIG_OK);
        is(&headers, EXPECTED);
        if (turn == 1) {
            MUST(rolesig_sign_with_key(&other, &key, &GET_OBJECT, NOW, &target, &headers) == ROLESIG_OK);
            MUST(memcmp(headers.at, EXPECTED, strlen(EXPECTED)) != 0);
        }
    }
    MUST(rolesig_sign_with_key(&SIGNER, NULL, &GET_OBJECT, NOW, &target, &headers) == ROLESIG_NULL);
    MUST(rolesig_key_wipe(&key) == ROLESIG_OK);
    MUST(rolesig_key_wipe(NULL) == ROLESIG_NULL);
}

/* Each is on the heap, so that an overrun by one byte is detected. */
static void room_is_asked_for(void) {
    rolesig_buffer target = {NULL, 0, 0}, headers = {NULL, 0, 0};
    MUST(rolesig_sign(&SIGNER, &GET_OBJECT, NOW, &target, &headers) == ROLESIG_NEEDS_ROOM);
    MUST(target.len == strlen("/test.txt") && headers.len == strlen(EXPECTED));
    for (size_t less = 0; less < 2; less++) {
        rolesig_buffer path = {malloc(target.len), target.len, 0};
        rolesig_buffer lines = {malloc(headers.len - less), headers.len - less, 0};
        rolesig_status status = rolesig_sign(&SIGNER, &GET_OBJECT, NOW, &path, &lines);
        MUST(status == (less ? ROLESIG_NEEDS_ROOM : ROLESIG_OK));
        MUST(lines.len == headers.len);
        if (!less) is(&lines, EXPECTED);
        free(path.at);
        free(lines.at);
    }
}

static rolesig_status of(rolesig_signer signer, rolesig_request request, uint64_t now) {
    char paths[64], lines[1024];
    rolesig_buffer target = {paths, sizeof paths, 0}, headers = {lines, sizeof lines, 0};
    return rolesig_sign(&signer, &request, now, &target, &headers);
}

/* A wrong field, and its status. */
#define WRONG(variable, field, value, expected) \
    do { \
        rolesig_signer signer = SIGNER; \
        rolesig_request request = GET_OBJECT; \
        MUST(of(signer, request, NOW) == ROLESIG_OK); \
        variable.field = (rolesig_text)ROLESIG_TEXT(value); \
        MUST(of(signer, request, NOW) == (expected)); \
    } while (0)

static void what_is_wrong_is_said(void) {
    WRONG(signer, credentials.access_key_id, "", ROLESIG_ACCESS_KEY_ID);
    WRONG(signer, credentials.secret_access_key, "", ROLESIG_SECRET_ACCESS_KEY);
    WRONG(signer, credentials.session_token, "token\n", ROLESIG_SESSION_TOKEN);
    WRONG(signer, region, "us/east", ROLESIG_REGION);
    WRONG(signer, service, "", ROLESIG_SERVICE);
    WRONG(request, method, "GET ", ROLESIG_METHOD);
    WRONG(request, host, "example.com\r\nx: y", ROLESIG_HOST);
    WRONG(request, path, "test.txt", ROLESIG_PATH);
    WRONG(request, path, "/\xff", ROLESIG_NOT_UTF8);

    rolesig_request request = GET_OBJECT;
    rolesig_pair pairs[ROLESIG_SLOTS + 1];
    for (size_t i = 0; i <= ROLESIG_SLOTS; i++) pairs[i] = RANGE[0];
    request.headers = (rolesig_pairs){pairs, ROLESIG_SLOTS};
    MUST(of(SIGNER, request, NOW) == ROLESIG_OK);
    request.headers.len++;
    MUST(of(SIGNER, request, NOW) == ROLESIG_TOO_MANY_HEADERS);
    request.query = request.headers;
    MUST(of(SIGNER, request, NOW) == ROLESIG_TOO_MANY_QUERY_PAIRS);

    request = GET_OBJECT;
    request.headers = (rolesig_pairs){pairs, 1};
    pairs[0].name = (rolesig_text)ROLESIG_TEXT("X-Amz-Date");
    MUST(of(SIGNER, request, NOW) == ROLESIG_OWNED_HEADER);
    pairs[0].name = (rolesig_text)ROLESIG_TEXT("x y");
    MUST(of(SIGNER, request, NOW) == ROLESIG_HEADER_NAME);
    pairs[0] = (rolesig_pair){ROLESIG_TEXT("x"), ROLESIG_TEXT("y\r\nz: 1")};
    MUST(of(SIGNER, request, NOW) == ROLESIG_HEADER_VALUE);
    MUST(of(SIGNER, GET_OBJECT, UINT64_MAX) == ROLESIG_TIME);

    char room[1024];
    rolesig_buffer buffer = {room, sizeof room, 0};
    MUST(rolesig_sign(NULL, &GET_OBJECT, NOW, &buffer, &buffer) == ROLESIG_NULL);
    MUST(rolesig_sign(&SIGNER, NULL, NOW, &buffer, &buffer) == ROLESIG_NULL);
    MUST(rolesig_sign(&SIGNER, &GET_OBJECT, NOW, NULL, &buffer) == ROLESIG_NULL);
    MUST(rolesig_sign(&SIGNER, &GET_OBJECT, NOW, &buffer, NULL) == ROLESIG_NULL);
}

static void every_status_has_a_text(void) {
    for (unsigned status = 0; status <= ROLESIG_OTHER; status++) {
        MUST(strcmp(rolesig_status_text(status), "no status") != 0);
    }
    MUST(strcmp(rolesig_status_text(ROLESIG_OTHER), "the request could not be signed") == 0);
    MUST(strcmp(rolesig_status_text(ROLESIG_OTHER + 1), "no status") == 0);
    MUST(strcmp(rolesig_status_text((unsigned)-1), "no status") == 0);
}

int main(void) {
    a_published_example();
    a_query();
    a_kept_key();
    room_is_asked_for();
    what_is_wrong_is_said();
    every_status_has_a_text();
    puts("sign: the published signatures");
    return 0;
}
