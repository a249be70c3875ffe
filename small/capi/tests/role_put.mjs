// The library as WebAssembly, without glue code: signs a published example, then puts a text as an
// object with the credentials of the instance's role.
//
//     node role_put.mjs rolesig.wasm METADATA-HOST:PORT S3-HOST:PORT REGION /BUCKET/KEY TEXT

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const [file, metadata, s3, region, path, body] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
// A reachable panic would be an import.
assert.deepEqual(WebAssembly.Module.imports(module), []);
const { exports: rolesig } = new WebAssembly.Instance(module, {});
const [OK, MORE, DONE] = [0, 1, 2];

// Places for the variables that C has on its stack: our own pages, after those of the library.
let free = rolesig.memory.grow(4) * 65536;
const bytes = (at, len) => new Uint8Array(rolesig.memory.buffer, at, len);
function place(len) {
    const at = free;
    free += (len + 7) & ~7;
    return at;
}

// The structs of rolesig.h: lists of 32-bit words; a struct within a struct is also such a list.
function struct(...words) {
    const at = place(4 * words.flat().length);
    new Uint32Array(rolesig.memory.buffer, at).set(words.flat());
    return at;
}
function text(content) {
    if (content === undefined) return [0, 0];
    const source = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const at = place(source.length);
    bytes(at, source.length).set(source);
    return [at, source.length];
}
const pairs = (list) => [struct(list.flatMap(([name, value]) => [text(name), text(value)]).flat()), list.length];
const buffer = (room) => struct(place(room), room, 0);
function words(at, count) {
    return [...new Uint32Array(rolesig.memory.buffer, at, count)];
}
function written(at) {
    const [start, , len] = words(at, 3);
    return new TextDecoder().decode(bytes(start, len));
}

function must(status, ...expected) {
    if (expected.includes(status)) return status;
    const at = rolesig.rolesig_status_text(status);
    throw new Error(new TextDecoder().decode(bytes(at, bytes(at, 200).indexOf(0))));
}

// credentials: the six words of a rolesig_credentials.
function sign(credentials, region, request, now) {
    const signer = struct(credentials, text(region), text("s3"));
    const { method, host, path, query = [], headers = [], body = "" } = request;
    const kind = 0; // ROLESIG_BYTES
    const unsigned = struct(text(method), text(host), text(path), pairs(query), pairs(headers), kind, text(body));
    const [target, added] = [buffer(1024), buffer(8192)];
    must(rolesig.rolesig_sign(signer, unsigned, BigInt(now), target, added), OK);
    return [written(target), written(added)];
}

function checkPublishedExample() {
    const key = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", undefined].map(text).flat();
    const get = { method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt", headers: [["Range", "bytes=0-9"]] };
    const [target, added] = sign(key, "us-east-1", get, Date.UTC(2013, 4, 24) / 1000);
    assert.equal(target, "/test.txt");
    assert.match(added, /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\r\n$/);
    const wrong = { ...get, path: "test.txt" };
    assert.throws(() => sign(key, "us-east-1", wrong, 0), /must begin with a slash/);
}

function dial(endpoint) {
    const [host, port] = endpoint.split(":");
    return connect({ host, port: Number(port), timeout: 10_000 });
}

// The six words of the role's credentials.
async function fetchCredentials() {
    const size = 8 * 960;
    const imds = place(size);
    must(rolesig.rolesig_imds_new(imds, size), OK);
    const [host, request] = [struct(text(metadata)), buffer(512)];
    while (must(rolesig.rolesig_imds_request(imds, host, request), OK, DONE) !== DONE) {
        const stream = dial(metadata);
        stream.write(written(request));
        let status = MORE;
        for await (const piece of stream) {
            status = must(rolesig.rolesig_imds_take(imds, struct(text(piece))), OK, MORE, DONE);
            if (status !== MORE) break;
        }
        if (status === MORE) must(rolesig.rolesig_imds_end(imds), OK, DONE);
    }
    const credentials = place(24);
    must(rolesig.rolesig_imds_credentials(imds, credentials, 0), OK);
    return words(credentials, 6);
}

async function put(credentials) {
    const request = { method: "PUT", host: s3, path, body };
    const [target, added] = sign(credentials, region, request, Math.floor(Date.now() / 1000));
    const stream = dial(s3);
    const len = Buffer.byteLength(body);
    stream.write(`PUT ${target} HTTP/1.1\r\nhost: ${s3}\r\ncontent-length: ${len}\r\nconnection: close\r\n${added}\r\n${body}`);
    let response = "";
    for await (const piece of stream) response += piece;
    assert.match(response, /^HTTP\/1\.1 200 /);
}

checkPublishedExample();
await put(await fetchCredentials());
console.log("WebAssembly: the published signature, and an object put");
