import type { Binding } from "./location.ts";

/** What the core tells whoever listens. Times are wall time in ms. */
export interface CoreEvents {
  /** A binding was added, or replaced by its device; after the commit, before or after the 200. */
  registered: { readonly aor: string; readonly binding: Binding; readonly first: boolean; readonly at: number };
  /** A binding went: removed by the client, expired, or its flow failed. */
  unregistered: {
    readonly aor: string;
    readonly binding: Binding;
    readonly why: "removed" | "expired" | "flow";
    readonly at: number;
  };
  /** Every attempt to register or log in (SEC-6). */
  login: {
    readonly aor: string;
    readonly outcome: "ok" | "wrong-password" | "unknown-user" | "locked" | "forbidden" | "stale";
    readonly method: string;
    readonly source: string;
    readonly userAgent: string;
    readonly at: number;
  };
}
