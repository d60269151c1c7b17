import type { HeaderName, Problem, SipRequest } from "../../transport/sip/mod.ts";
import { headerId, tryNameAddr } from "../../transport/sip/mod.ts";
import type { RegisterFacts } from "./binding_rules.ts";
import type { Exchange } from "./exchange.ts";
import type { RegistrarSettings } from "./registrar_settings.ts";

/** Extensions a REGISTER may require (RFC 3261 §8.2.2.3). */
const KNOWN: ReadonlySet<string> = new Set(["path", "outbound", "gruu"]);
const PATH_VALUES = 8;
const PATH_LENGTH = 512;
const CALL_ID_LENGTH = 256;
const VIA = headerId("Via");

/** How a REGISTER came to us, and what of the extensions applies to it. */
export interface RegisterTerms {
  readonly facts: RegisterFacts;
  readonly outbound: boolean;
  readonly gruu: boolean;
  /** The client knows Path, so it is told the one stored. */
  readonly pathKnown: boolean;
}

/** An answer other than 200. */
export interface Refusal {
  readonly problem: Problem;
  readonly headers?: readonly (readonly [HeaderName, string])[];
}

/** Reads what a REGISTER says beside its contacts (RFC 3261 §10.3 step 2, RFC 3327 §5.3, RFC 5626 §6). */
export function readTerms(exchange: Exchange, settings: RegistrarSettings, now: number): RegisterTerms | Refusal {
  const { request, flow } = exchange;
  if (request.has("Require")) {
    const unknown = request.list("Require").filter((tag) => !KNOWN.has(tag.toLowerCase()));
    if (unknown.length > 0) return badExtension(unknown.join(", "));
  }
  if (request.callId.length > CALL_ID_LENGTH) return bad(`Call-ID longer than ${CALL_ID_LENGTH} octets`);
  const supported = request.has("Supported") ? request.list("Supported").map((tag) => tag.toLowerCase()) : [];
  const path = request.has("Path") ? request.list("Path") : NO_PATH;
  const pathKnown = supported.includes("path");
  if (path.length > 0) {
    if (path.length > PATH_VALUES || path.some((value) => value.length > PATH_LENGTH)) {
      return bad(`More than ${PATH_VALUES} Path values, or one longer than ${PATH_LENGTH} octets`);
    }
    if (path.some((value) => tryNameAddr(value) === null)) return bad("Path malformed");
    if (settings.strict_path && !pathKnown && !exchange.trusted) return badExtension("path");
  }
  const direct = viaCount(request) === 1;
  // The first hop is at the bottom of Path, and says by `ob` that it keeps the flow (RFC 5626 §5.1).
  const edgeKeepsFlow = path.length > 0 && tryNameAddr(path[path.length - 1])!.uri.params.has("ob");
  const asksOutbound = supported.includes("outbound");
  const outbound = asksOutbound && (direct ? path.length === 0 : edgeKeepsFlow);
  if (asksOutbound && !outbound && hasRegId(request)) {
    return { problem: { status: 439, reason: "First Hop Lacks Outbound Support" } };
  }
  const webSocket = flow.transport === "ws" || flow.transport === "wss";
  const facts: RegisterFacts = {
    callId: request.callId,
    cseq: request.cseq.number,
    path,
    flowId: flow.id,
    // One contact at most has a reg-id, and then it is the only one that is added (`readContacts`).
    flowOnly: path.length === 0 && (webSocket || (outbound && hasRegId(request))),
    source: flow.remote,
    transport: flow.transport,
    userAgent: (request.get("User-Agent") ?? "").slice(0, 128),
    accessNetwork: (request.get("P-Access-Network-Info") ?? "").slice(0, 256),
    now,
  };
  return { facts, outbound, gruu: supported.includes("gruu"), pathKnown };
}

const NO_PATH: readonly string[] = [];

function bad(reason: string): Refusal {
  return { problem: { status: 400, reason } };
}

function badExtension(tags: string): Refusal {
  return { problem: { status: 420, reason: "Bad Extension" }, headers: [["Unsupported", tags]] };
}

function viaCount(request: SipRequest): number {
  let lines = 0;
  let line = -1;
  for (let i = 0; i < request.lines; i++) {
    if (request.ids[i] !== VIA) continue;
    lines++;
    line = i;
  }
  return lines === 1 && request.valueAt(line).includes(",") ? request.list("Via").length : lines;
}

/** A contact with an instance and a reg-id: one without the other is ignored (RFC 5626 §6). */
function hasRegId(request: SipRequest): boolean {
  return request.list("Contact").some((value) => {
    const address = tryNameAddr(value);
    return address !== null && address.param("reg-id") !== undefined && address.param("+sip.instance") !== undefined;
  });
}
