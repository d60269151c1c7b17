import type { Binding } from "./location.ts";

/** What the core tells whoever listens. Times are wall time in ms. */
export interface CoreEvents {
  /** A binding was added, or replaced by its device; after the commit, before or after the 200. */
  registered: { readonly aor: string; readonly binding: Binding; readonly first: boolean; readonly at: number };
  /** A binding went: removed by the client, expired, or its flow failed. */
  unregistered: {
    readonly aor: string;
    readonly binding: Binding;
    /** `rejected`: by an administrator, for good. */
    readonly why: "removed" | "expired" | "flow" | "rejected";
    readonly at: number;
  };
  /** A binding was extended, or shortened, by its device; nothing else about it changed. */
  refreshed: { readonly aor: string; readonly binding: Binding; readonly shortened: boolean; readonly at: number };
  /** Every attempt to register or log in (SEC-6). */
  login: {
    readonly aor: string;
    readonly outcome: "ok" | "wrong-password" | "unknown-user" | "locked" | "forbidden" | "stale";
    readonly method: string;
    readonly source: string;
    readonly userAgent: string;
    /** A REGISTER that keeps up a registration which is there: not a new login. */
    readonly refresh: boolean;
    readonly at: number;
  };
}
