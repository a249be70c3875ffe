/* AWS request signing and role credentials, for C.
 *
 * Nothing here allocates, does I/O, reads a clock, or keeps a pointer after a call. Texts are bytes and how
 * many, without a NUL; none may overlap with what is written. Statuses are answered, never stored.
 * Link with librolesig.a. Names, rules and limits are those of the Rust crate rolesig.
 */
#ifndef ROLESIG_H
#define ROLESIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of a call. rolesig_status_text says what mends it. */
typedef enum {
    ROLESIG_OK,
    ROLESIG_MORE, /* rolesig_imds_take: give what is read next */
    ROLESIG_DONE, /* rolesig_imds_*: there are credentials */
    ROLESIG_NEEDS_ROOM, /* a buffer's len says how much room it needs */
    ROLESIG_NULL,
    ROLESIG_NOT_UTF8,
    ROLESIG_PAYLOAD_KIND,
    ROLESIG_TIME,
    ROLESIG_ACCESS_KEY_ID,
    ROLESIG_SECRET_ACCESS_KEY,
    ROLESIG_SESSION_TOKEN,
    ROLESIG_REGION,
    ROLESIG_SERVICE,
    ROLESIG_METHOD,
    ROLESIG_HOST,
    ROLESIG_PATH,
    ROLESIG_TOO_MANY_HEADERS,
    ROLESIG_TOO_MANY_QUERY_PAIRS,
    ROLESIG_OWNED_HEADER,
    ROLESIG_HEADER_NAME,
    ROLESIG_HEADER_VALUE,
    ROLESIG_NOT_HERE, /* no role, or no IMDSv2: go on with the next provider */
    ROLESIG_REFUSED,
    ROLESIG_TRY_LATER, /* send the same request again, later */
    ROLESIG_BAD_ANSWER,
    ROLESIG_TOO_LONG,
    ROLESIG_OUT_OF_TURN,
    ROLESIG_OTHER
} rolesig_status;

/* Never NULL, and ends with a NUL. */
const char *rolesig_status_text(unsigned status);

/* NULL is a text that is not there. */
typedef struct {
    const char *at;
    size_t len;
} rolesig_text;

/* Of a literal. */
#define ROLESIG_TEXT(literal) {(literal), sizeof(literal) - 1}

typedef struct {
    rolesig_text name, value;
} rolesig_pair;

typedef struct {
    const rolesig_pair *at;
    size_t len;
} rolesig_pairs;

/* Room for bytes. After a call len says how many were written or, with ROLESIG_NEEDS_ROOM, are needed. With at
 * NULL it only asks. What is behind the written bytes is overwritten, too. */
typedef struct {
    char *at;
    size_t room, len;
} rolesig_buffer;

/* --- signing by header, Signature Version 4 */

typedef struct {
    rolesig_text access_key_id, secret_access_key;
    rolesig_text session_token; /* NULL: none */
} rolesig_credentials;

typedef struct {
    rolesig_credentials credentials;
    rolesig_text region, service; /* signing names: "eu-west-1", "s3" */
} rolesig_signer;

/* As many headers, and as many query pairs, may a request have. */
#define ROLESIG_SLOTS 16

enum { ROLESIG_BYTES, ROLESIG_SHA256, ROLESIG_UNSIGNED };

typedef struct {
    rolesig_text method, host; /* the host as it is sent, with its port if that is not the default */
    rolesig_text path;         /* begins with a slash, percent-encoded */
    rolesig_pairs query;       /* decoded */
    rolesig_pairs headers;     /* all that are to be signed, but for host and what is added */
    uint32_t payload_kind;     /* ROLESIG_BYTES: the body; ROLESIG_SHA256: its hash, 32 bytes; ROLESIG_UNSIGNED */
    rolesig_text payload;
} rolesig_request;

/* Signs a request as of now, in seconds since 1970. Sign anew for every retry.
 *
 * target: what is to stand in the request line, path and query. headers: those to be added, each "name: value\r\n";
 * the session token is one of them. Of target and headers both say what they need. */
rolesig_status rolesig_sign(const rolesig_signer *signer, const rolesig_request *request, uint64_t now,
                            rolesig_buffer *target, rolesig_buffer *headers);

/* --- the role's credentials, from the instance metadata service, version 2
 *
 *     rolesig_imds_new
 *     until rolesig_imds_request is ROLESIG_DONE:
 *         connect; send the request
 *         until rolesig_imds_take is not ROLESIG_MORE: read, take; when the connection ends, rolesig_imds_end
 *         close
 *     rolesig_imds_credentials
 *
 * After any error rolesig_imds_request says what to send next, if ROLESIG_TRY_LATER says that it is worth it. */

/* The longest body that is taken, in bytes. */
#define ROLESIG_IMDS_BODY 4096

/* A conversation. It holds secrets: wipe it. It may not be copied. */
typedef struct {
    uint64_t hidden[960];
} rolesig_imds;

/* Before anything else: size is sizeof(rolesig_imds). */
rolesig_status rolesig_imds_new(rolesig_imds *imds, size_t size);

/* The next request, or the same one again if no answer was taken. host: "169.254.169.254". 512 bytes of room do. */
rolesig_status rolesig_imds_request(rolesig_imds *imds, const rolesig_text *host, rolesig_buffer *request);

/* Takes what was read of the answer, in pieces of any length: ROLESIG_MORE, ROLESIG_OK when it is whole,
 * ROLESIG_DONE when it was the last one. */
rolesig_status rolesig_imds_take(rolesig_imds *imds, const rolesig_text *read);

/* The connection ended, though there was to be more: the answers are those of rolesig_imds_take. */
rolesig_status rolesig_imds_end(rolesig_imds *imds);

/* The credentials: their texts are in imds, until the next ROLESIG_DONE or the end of imds. expires_at, in seconds
 * since 1970, may be NULL. */
rolesig_status rolesig_imds_credentials(const rolesig_imds *imds, rolesig_credentials *credentials,
                                        uint64_t *expires_at);

/* Begins again, to renew the credentials, with the metadata token that is there. Those at hand stay until then. */
rolesig_status rolesig_imds_restart(rolesig_imds *imds);

/* Overwrites all secrets. It is then as after rolesig_imds_new. */
rolesig_status rolesig_imds_wipe(rolesig_imds *imds);

#ifdef __cplusplus
}
#endif

#endif
