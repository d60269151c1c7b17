import { detached } from "../../../foundation/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";

/** Whom an entry of a list means. */
export type MemberTarget =
  /** An address of this box, folded; whether somebody has it, `Watches.open` says. */
  | { readonly kind: "here"; readonly presentity: string }
  /** Somebody at another domain, by this SIP URI. */
  | { readonly kind: "elsewhere"; readonly uri: string }
  /** Nobody who could be subscribed to. */
  | { readonly kind: "nobody" };

/**
 * The address by which presence knows who has this folded address: the user's own where it is a number or another name of one of
 * ours, itself where it is of ours and nobody's; null for an address of another domain.
 */
export type PresentityOf = (aor: string) => string | null;

/** Whom the URI of an entry means. Texts are detached, and the URI itself where they are the same as that. */
export function targetOf(uri: string, presentityOf: PresentityOf): MemberTarget {
  // RFC 3861 §3: by SIP, unless a domain says otherwise.
  const parsed = tryParseUri(uri.replace(/^(?:pres|im):/i, "sip:"));
  const aor = parsed === null ? "" : addressOf(parsed).aor;
  if (aor === "") return NOBODY;
  const presentity = presentityOf(aor);
  if (presentity !== null) return { kind: "here", presentity: presentity === uri ? uri : detached(presentity) };
  // A number that is nobody's here: no domain is known that would tell of it.
  return aor.startsWith("sip:") ? { kind: "elsewhere", uri: aor === uri ? uri : detached(aor) } : NOBODY;
}

const NOBODY = { kind: "nobody" } as const;
