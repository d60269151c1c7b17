/**
 * What rides in a body: media types and multipart bodies; CPIM, IMDN, SDP and the others join them here.
 * Sources: RFC 2046 §5.1 (multipart), RFC 5621 (bodies in SIP), RFC 3261 §7.4 and §20.15. Pure: no Deno API.
 */
export * from "./media_type.ts";
export * from "./multipart.ts";
