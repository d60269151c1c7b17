import { OperationError } from "../../../operations/mod.ts";
import { e164Number } from "../../../operations/stored/mod.ts";
import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { addressOf, subscriberOf } from "../../sip_core/mod.ts";

/** Whom somebody means who wants to add a contact. */
export type Meant =
  /** A user of this box. `byNumber`: named by telephone number, "" otherwise. */
  | { readonly kind: "user"; readonly user: Subscriber; readonly byNumber: string }
  /** Somebody of another domain, or a service of this box such as a group. */
  | { readonly kind: "other"; readonly aor: string }
  /** A number that nobody here has (GM-12). */
  | { readonly kind: "unknown-number"; readonly number: string }
  /** An address of this box that is nobody's. */
  | { readonly kind: "nobody"; readonly aor: string };

export interface LookupParts {
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly domains: ReadonlySet<string>;
  /** Whether a folded URI is a service of this box that can be a contact: a chat room. */
  readonly isService: (aor: string) => boolean;
}

/** Looks up what a person typed (GM-2): `bob` is a user of `domain`. Throws OperationError "invalid" where it can be no contact. */
export function lookUp(text: string, domain: string, parts: LookupParts): Meant {
  const typed = text.trim();
  if (/^[+(]?[0-9][0-9\s\-.()]{3,}$/.test(typed)) return lookUpNumber(typed, parts);
  const uri = tryParseUri(
    /^(?:sips?|tel):/i.test(typed) ? typed : `sip:${typed.includes("@") ? typed : `${typed}@${domain}`}`,
  );
  const meant = uri === null || typed === "" ? null : lookUpUri(uri, parts);
  if (meant !== null) return meant;
  throw new OperationError(
    "invalid",
    `"${typed.slice(0, 80)}" can be no contact; allowed: a SIP URI, a user name, or a number such as +15551234567`,
  );
}

/** The same for a URI as it stands in a document; null where it is no SIP or tel address. */
export function lookUpUri(uri: NonNullable<ReturnType<typeof tryParseUri>>, parts: LookupParts): Meant | null {
  const { subscribers, domains, isService } = parts;
  const { aor, number, domain } = addressOf(uri);
  if (aor === "") return null;
  const user = subscriberOf(uri, subscribers, domains);
  if (user !== undefined) return { kind: "user", user, byNumber: user.aor === aor ? "" : number };
  if (number !== "" && (domain === "" || domains.has(domain))) return { kind: "unknown-number", number };
  if (!domains.has(domain) || isService(aor)) return { kind: "other", aor };
  return { kind: "nobody", aor };
}

function lookUpNumber(typed: string, { subscribers }: LookupParts): Meant {
  let number: string;
  try {
    number = e164Number(typed.replace(/[()]/g, ""));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError("invalid", error.message, { cause: error });
  }
  const user = subscribers.byNumber(number);
  return user === undefined ? { kind: "unknown-number", number } : { kind: "user", user, byNumber: number };
}
