import type { HeaderName } from "../../transport/sip/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import { identityOf } from "./assertion.ts";
import type { AorRecord } from "./aor_record.ts";
import type { GruuMaker } from "./gruu.ts";

type HeaderLine = readonly [HeaderName, string];

/** What a 200 to REGISTER says beside the bindings. */
export interface RegisterReply {
  /** "" leaves Service-Route out. */
  readonly serviceRoute: string;
  /** Values of the request's Path to echo (RFC 3327 §5.3); none where the client does not know it. */
  readonly path: readonly string[];
  /** Outbound was applied: `Require: outbound`. */
  readonly outbound: boolean;
  /** Seconds; 0 leaves Flow-Timer out. */
  readonly flowTimer: number;
  /** The client knows GRUUs. */
  readonly gruu: boolean;
}

/** Header lines of a 200 to REGISTER (RFC 3261 §10.3 step 8; RFC 3327, 3608, 5626 §6, 5627 §5.2, 7315 §4.1). */
export function registerHeaders(
  record: AorRecord,
  subscriber: Subscriber,
  reply: RegisterReply,
  gruus: GruuMaker,
  now: number,
): HeaderLine[] {
  const headers: HeaderLine[] = [];
  for (const binding of record.bindings) {
    const left = Math.ceil((binding.expiresAt - now) / 1000);
    // The sweep comes once a second; what is over is not told.
    if (left <= 0) continue;
    let value = `<${binding.contact}>${binding.params};expires=${left}`;
    if (reply.gruu && binding.instance !== "") {
      value += `;pub-gruu="${gruus.publicGruu(record.aor, binding.instance)}"`;
      const epoch = record.gruus.find((epoch) => epoch.instance === binding.instance);
      if (epoch !== undefined) value += `;temp-gruu="${epoch.latest}"`;
    }
    headers.push(["Contact", value]);
  }
  for (const value of reply.path) headers.push(["Path", value]);
  if (reply.serviceRoute !== "") headers.push(["Service-Route", reply.serviceRoute]);
  headers.push(["P-Associated-URI", associated(subscriber)]);
  if (reply.outbound) headers.push(["Require", "outbound"]);
  if (reply.flowTimer > 0) headers.push(["Flow-Timer", String(reply.flowTimer)]);
  headers.push(["Date", sipDate(now)]);
  return headers;
}

/** All identities that the registration stands for: the address-of-record, then its number (RFC 7315 §4.1). */
function associated(subscriber: Subscriber): string {
  const { aor, number } = identityOf(subscriber);
  return number === "" ? `<${aor}>` : `<${aor}>, <tel:${number}>`;
}

let dateSecond = -1;
let dateText = "";

/** `Sat, 13 Nov 2010 23:29:00 GMT` (RFC 3261 §20.17); made once a second. */
export function sipDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
