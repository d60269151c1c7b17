import { XcapProblem } from "../../transport/xcap/mod.ts";
import type { Access, DocumentKey, Principal, Usage } from "./usage.ts";

/** What a principal may do with a document. */
export function accessOf(by: Principal, usage: Usage, key: DocumentKey, domains: ReadonlySet<string>): Access {
  if (by.kind !== "user") return "write";
  if (key.owner !== "" && key.owner === by.aor) return usage.ownerAccess ?? "write";
  return usage.othersAccess(by, key, domains);
}

/**
 * Throws 403 where somebody may not do that. The answer is the same whether there is such a document, or such a user, or not
 * (RFC 4825 §8: what a stranger may not see, it may not learn of).
 */
export function permit(
  by: Principal,
  usage: Usage,
  key: DocumentKey,
  need: "read" | "write",
  domains: ReadonlySet<string>,
): void {
  const access = accessOf(by, usage, key, domains);
  if (access === "write" || access === need) return;
  const whose = key.owner === "" ? "of all" : by.kind === "user" && key.owner === by.aor ? "of your own" : "of others";
  throw new XcapProblem(
    403,
    need === "write" ? `You may not change documents ${whose} here.` : `You may not read documents ${whose} here.`,
  );
}
