/**
 * Digest authentication, both sides (RFC 7616 in SIP by RFC 8760 and RFC 3261 §22). Pure: the hash comes in; under Deno it is
 * `node_hash.ts`, which is not part of this door.
 */
export { type Algorithm, algorithmOf, type Hash } from "./hash.ts";
export { type Challenge, type ChallengeParts, challengeTexts, parseChallenge } from "./challenge.ts";
export { type Credentials, credentialsText, findCredentials, parseCredentials } from "./credentials.ts";
export { digestResponse, equalInConstantTime, ha1, ha2 } from "./digest_response.ts";
export { NonceRing, type NonceRingOptions } from "./nonce_ring.ts";
export { type CredentialStore, DigestVerifier, type Verdict, type VerifierParts } from "./verifier.ts";
export { type DigestAccount, DigestClient } from "./client.ts";
