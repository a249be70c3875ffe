/* AWS request signing and role credentials, for C.
 *
 * Nothing here allocates, does I/O, reads a clock, or keeps a pointer after a call. A text is bytes
 * and their number, without a NUL; no text may overlap with an output. Functions return a status,
 * and do not store it. Link with librolesig.a. Names, rules and limits are those of the Rust crate
 * rolesig.
 */
#ifndef ROLESIG_H
#define ROLESIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The result of a call. rolesig_status_text returns the remedy. */
typedef enum {
    ROLESIG_OK,
    ROLESIG_MORE, /* rolesig_imds_take: pass the bytes that are read next */
    ROLESIG_DONE, /* rolesig_imds_*: the credentials are available */
    ROLESIG_NEEDS_ROOM, /* a buffer's len is the room that it needs */
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
    ROLESIG_NOT_HERE, /* no role, or no IMDSv2: continue with the next provider */
    ROLESIG_REFUSED,
    ROLESIG_TRY_LATER, /* send the same request again, later */
    ROLESIG_BAD_RESPONSE,
    ROLESIG_TOO_LONG,
    ROLESIG_OUT_OF_TURN,
    ROLESIG_OTHER
} rolesig_status;

/* Returns a text that ends with a NUL, never NULL. */
const char *rolesig_status_text(unsigned status);

/* A text; NULL stands for no text. */
typedef struct {
    const char *at;
    size_t len;
} rolesig_text;

/* The text of a literal. */
#define ROLESIG_TEXT(literal) {(literal), sizeof(literal) - 1}

typedef struct {
    rolesig_text name, value;
} rolesig_pair;

typedef struct {
    const rolesig_pair *at;
    size_t len;
} rolesig_pairs;

/* Room for bytes. After a call len is the number of bytes that were written or, with
 * ROLESIG_NEEDS_ROOM, are needed. If at is NULL, only the length is computed. The bytes after the
 * written ones are also overwritten. */
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

/* The greatest number of headers, and of query pairs, of a request. */
#define ROLESIG_SLOTS 16

enum { ROLESIG_BYTES, ROLESIG_SHA256, ROLESIG_UNSIGNED };

typedef struct {
    rolesig_text method, host; /* the host as it is sent, with its port unless it is the default */
    rolesig_text path;         /* begins with a slash, percent-encoded */
    rolesig_pairs query;       /* decoded */
    rolesig_pairs headers;     /* the headers to sign, without host and the added ones */
    uint32_t payload_kind;     /* ROLESIG_BYTES: the body; ROLESIG_SHA256: its hash, 32 bytes; ROLESIG_UNSIGNED */
    rolesig_text payload;
} rolesig_request;

/* Signs a request at the time now, in seconds since 1970. Sign again for every retry.
 *
 * target: the path and query for the request line. headers: the headers to add, each
 * "name: value\r\n", including the session token. Both return the room that they need. */
rolesig_status rolesig_sign(const rolesig_signer *signer, const rolesig_request *request, uint64_t now,
                            rolesig_buffer *target, rolesig_buffer *headers);

/* The key of the last signature, which is derived from the secret once a day. To derive it costs more
 * than to sign with it. It is a secret: wipe it. It must not be copied. */
typedef struct {
    uint64_t hidden[12];
} rolesig_key;

/* Initializes a key; must be called first. size is sizeof(rolesig_key). */
rolesig_status rolesig_key_new(rolesig_key *key, size_t size);

/* Signs as rolesig_sign does, with the key if it is still the right one, or else with a new one, which
 * is kept. After new credentials wipe it: the access key id alone distinguishes keys. */
rolesig_status rolesig_sign_with_key(const rolesig_signer *signer, rolesig_key *key,
                                     const rolesig_request *request, uint64_t now, rolesig_buffer *target,
                                     rolesig_buffer *headers);

/* Overwrites the key. The state is then that after rolesig_key_new. */
rolesig_status rolesig_key_wipe(rolesig_key *key);

/* --- the role's credentials, from the instance metadata service, version 2
 *
 *     rolesig_imds_new
 *     until rolesig_imds_request is ROLESIG_DONE:
 *         connect; send the request
 *         until rolesig_imds_take is not ROLESIG_MORE: read, take
 *         when the connection ends: rolesig_imds_end
 *         close
 *     rolesig_imds_credentials
 *
 * After an error with ROLESIG_TRY_LATER, rolesig_imds_request returns the request to send next. */

/* The longest accepted body, in bytes. */
#define ROLESIG_IMDS_BODY 4096

/* A conversation. It holds secrets: wipe it. It must not be copied. */
typedef struct {
    uint64_t hidden[960];
} rolesig_imds;

/* Initializes a conversation; must be called first. size is sizeof(rolesig_imds). */
rolesig_status rolesig_imds_new(rolesig_imds *imds, size_t size);

/* Writes the next request, or the same one again if no response was taken. host: "169.254.169.254".
 * 512 bytes of room are enough. */
rolesig_status rolesig_imds_request(rolesig_imds *imds, const rolesig_text *host, rolesig_buffer *request);

/* Takes bytes of the response, in pieces of any length. Returns ROLESIG_MORE, ROLESIG_OK after a
 * complete response, or ROLESIG_DONE after the last one. */
rolesig_status rolesig_imds_take(rolesig_imds *imds, const rolesig_text *read);

/* Ends the response when the connection has ended. Returns the statuses of rolesig_imds_take. */
rolesig_status rolesig_imds_end(rolesig_imds *imds);

/* Returns the credentials. Their texts are in imds, until the next ROLESIG_DONE or the end of imds.
 * expires_at, in seconds since 1970, can be NULL. */
rolesig_status rolesig_imds_credentials(const rolesig_imds *imds, rolesig_credentials *credentials,
                                        uint64_t *expires_at);

/* Begins again, to renew the credentials, with the current metadata token. The current credentials
 * stay until the new ones are available. */
rolesig_status rolesig_imds_restart(rolesig_imds *imds);

/* Overwrites all secrets. The state is then that after rolesig_imds_new. */
rolesig_status rolesig_imds_wipe(rolesig_imds *imds);

#ifdef __cplusplus
}
#endif

#endif
