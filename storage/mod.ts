/**
 * What must survive: typed repositories over DenoKV (an embedded file, or KV Connect), with group commit and sealed values.
 * Knows no role and no transport. Sources: docs/architecture.md "Storage"; NIST SP 800-38D (AES-GCM).
 */
export * from "./repositories.ts";
