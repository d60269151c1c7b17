import {
  type NameAddr,
  parseUri,
  type Problem,
  type SipRequest,
  tryNameAddr,
  type Uri,
  uriEquals,
} from "../../transport/sip/mod.ts";
import type { Binding } from "./location.ts";
import type { RegistrarSettings } from "./registrar_settings.ts";

/** One Contact value of a REGISTER, checked. */
export interface ContactChange {
  /** The URI as written; it parses. */
  readonly text: string;
  /** Header parameters but `expires` and the GRUUs, which are not the client's to say (RFC 5627 §5.1). */
  readonly params: string;
  readonly q: number;
  readonly instance: string;
  /** 0 where there is none, or where it is to be ignored. */
  readonly regId: number;
  /** Seconds, shortened to the maximum; 0 removes. */
  readonly expires: number;
}

/** What a REGISTER wants done. */
export type ContactWish =
  | { readonly kind: "query" }
  | { readonly kind: "remove-all" }
  | { readonly kind: "change"; readonly changes: readonly ContactChange[] }
  | { readonly kind: "refused"; readonly problem: Problem; readonly minExpires?: number };

/** Octets of a Contact URI, and of its parameters. */
const URI_LENGTH = 512;
const PARAMS_LENGTH = 1024;
const QUERY: ContactWish = { kind: "query" };
const REMOVE_ALL: ContactWish = { kind: "remove-all" };

/**
 * Reads the Contact and Expires headers (RFC 3261 §10.3 steps 6 and 7, RFC 5626 §6, RFC 5627 §5.1). `aor` is the
 * address-of-record: a contact equal to it would be a loop. `outbound`: reg-id counts. `base`: what is registered already, so
 * that a refresh, which says the same again, is not looked through again.
 */
export function readContacts(
  request: SipRequest,
  settings: RegistrarSettings,
  aor: string,
  outbound: boolean,
  base: readonly Binding[],
): ContactWish {
  const values = request.list("Contact");
  if (values.length === 0) return QUERY;
  if (values.includes("*")) {
    if (values.length > 1) return refused(400, "Contact: * must stand alone");
    if (!/^0+$/.test(request.get("Expires") ?? "")) return refused(400, "Contact: * needs Expires: 0");
    return REMOVE_ALL;
  }
  const common = request.get("Expires");
  const changes: ContactChange[] = [];
  for (const value of values) {
    const address = tryNameAddr(value);
    if (address === null) return refused(400, "Contact malformed");
    const known = base.find((binding) => binding.contact === address.uriText);
    if (known === undefined || address.paramsText.length > PARAMS_LENGTH) {
      const problem = addressProblem(address, parseUri(aor));
      if (problem !== null) return { kind: "refused", problem };
    }
    const asked = requested(address.param("expires") ?? common, settings);
    if (asked > 0 && asked < 3600 && asked < settings.min_expires) {
      return {
        kind: "refused",
        problem: { status: 423, reason: "Interval Too Brief" },
        minExpires: settings.min_expires,
      };
    }
    const expires = Math.min(asked, settings.max_expires);
    const same = known !== undefined && known.params === address.paramsText && (known.regId !== 0) === outbound;
    const change = same ? again(known, expires) : changeOf(address, expires, outbound);
    if (change === null) return refused(400, "q is not 0 to 1");
    changes.push(change);
  }
  // A flow is registered alone (RFC 5626 §6).
  const lasting = changes.filter((change) => change.expires > 0);
  if (lasting.length > 1 && lasting.some((change) => change.regId !== 0)) {
    return refused(400, "More than one contact with a reg-id");
  }
  return { kind: "change", changes };
}

function refused(status: number, reason: string): ContactWish {
  return { kind: "refused", problem: { status, reason } };
}

function addressProblem(address: NameAddr, aor: Uri): Problem | null {
  if (address.uriText.length > URI_LENGTH || address.paramsText.length > PARAMS_LENGTH) {
    return { status: 400, reason: `Contact longer than ${URI_LENGTH} (URI) or ${PARAMS_LENGTH} (parameters) octets` };
  }
  const uri = address.uri;
  if (uri.scheme !== "sip" && uri.scheme !== "sips") return { status: 403, reason: "Contact is not a SIP URI" };
  // A public GRUU equals its address-of-record, and a temporary one is in the same domain with a gr of its own.
  if (uriEquals(uri, aor)) return { status: 403, reason: "Contact is the address-of-record" };
  if (uri.params.has("gr") && uri.host === aor.host) return { status: 403, reason: "Contact is a GRUU of this domain" };
  return null;
}

/** Seconds asked for; a malformed value counts as 3600 (RFC 3261 §20.19, §10.2.1.1). */
function requested(text: string | undefined, settings: RegistrarSettings): number {
  if (text === undefined) return settings.default_expires;
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 3600;
}

/** What a binding was registered with, once more. */
function again({ contact, params, q, instance, regId }: Binding, expires: number): ContactChange {
  return { text: contact, params, q, instance, regId, expires };
}

function changeOf(address: NameAddr, expires: number, outbound: boolean): ContactChange | null {
  let params = "";
  let q = 1;
  let instance = "";
  let regId = 0;
  for (const [name, value] of address.params) {
    if (name === "expires" || name === "pub-gruu" || name === "temp-gruu") continue;
    params += value === "" ? `;${name}` : `;${name}=${value}`;
    if (name === "q") {
      if (!/^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(value)) return null;
      q = Number(value);
    } else if (name === "+sip.instance") instance = value.replace(/^"|"$/g, "");
    else if (name === "reg-id" && /^[1-9][0-9]{0,9}$/.test(value)) regId = Number(value);
  }
  // A reg-id without an instance is ignored (RFC 5626 §6).
  return { text: address.uriText, params, q, instance, regId: outbound && instance !== "" ? regId : 0, expires };
}
