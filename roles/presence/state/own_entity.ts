import type { Subscribers } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { subscriberOf } from "../../sip_core/mod.ts";

/** Where users and their numbers are. */
export interface EntityNames {
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly domains: ReadonlySet<string>;
}

/**
 * Whether a document's `entity` names this user: the address-of-record, the same as `sips`, `pres` or `im` (RFC 3859 §3, RFC 3860
 * §3), or a telephone number. A document that names nobody is about whom it is published for.
 */
export function isEntityOf(entity: string, presentity: string, { subscribers, domains }: EntityNames): boolean {
  if (entity === presentity || entity === "") return true;
  const uri = tryParseUri(entity.replace(/^(?:pres|im):/i, "sip:"));
  return uri !== null && subscriberOf(uri, subscribers, domains)?.aor === presentity;
}
