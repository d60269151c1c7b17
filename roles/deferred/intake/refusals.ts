import type { CallParts } from "../../../transport/sip/mod.ts";
import type { StoreRefused } from "../../../storage/mod.ts";

/** Why a message is not taken, in terms of MSRP (RFC 4975 §10). `why`: for the metric, of a closed set. */
export interface Problem {
  readonly status: number;
  readonly comment: string;
  readonly why:
    | "type"
    | "size"
    | "quota"
    | "store"
    | "order"
    | "malformed"
    | "more"
    | "busy"
    | "time"
    | "broken"
    | "over";
}

/** For a person: what is full, and how much it may hold. The words of the answer to a MESSAGE. */
function words(refusal: StoreRefused): string {
  if (refusal.kind === "failed") {
    return refusal.error.kind === "full" ? "Message store has no space left" : "Message store not available";
  }
  return `Message store of recipient full (${refusal.allowed} ${refusal.limit === "count" ? "messages" : "bytes"})`;
}

/**
 * The same to who is sending it: 413 asks to stop (§10.5), and it would be refused again; 408 is for what may be another time (§10.4:
 * something behind us was not done in time).
 */
export function problemOf(refusal: StoreRefused): Problem {
  return refusal.kind === "quota"
    ? { status: 413, comment: words(refusal), why: "quota" }
    : { status: 408, comment: words(refusal), why: "store" };
}

/** The answer to an INVITE (oma-reference §3.4, "Refuse store"). `host`: who speaks in the Warning. */
export function inviteRefusal(refusal: StoreRefused, host: string): { readonly status: number } & CallParts {
  const reason = words(refusal);
  if (refusal.kind === "quota") return withWarning(480, host, reason);
  return { status: 503, reason, headers: [["Retry-After", "60"]] };
}

/** An answer whose reason stands in a Warning as well, which more clients show. */
export function withWarning(status: number, host: string, reason: string): { readonly status: number } & CallParts {
  return { status, reason, headers: [["Warning", `399 ${host} "${reason}"`]] };
}
