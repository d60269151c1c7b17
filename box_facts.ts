/**
 * What a running box can say of itself to those who look for it: where it is reached, which doors are open, whom it shows its
 * certificate to. Part of the composition root of the console, `administration.ts`.
 */
import type { Config } from "./config.ts";
import type { CertificateKeeper } from "./certificates/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import { endpointText, isWildcard } from "./transport/net/mod.ts";
import { interfaceAddresses } from "./transport/net/machine/mod.ts";
import { tryParseUri } from "./transport/sip/mod.ts";

/** Users that are looked at in one go. */
const PART = 500;

/** A box whose doors are open. */
export interface BoxAtWork {
  readonly config: Config;
  /** As in the ready line. */
  readonly doors: () => readonly string[];
}

/** Where browsers reach the box: https before http, by the advertised name where there is one. */
export function baseOf({ doors, config }: BoxAtWork): string {
  const web = doors().filter((door) => /^https?:/.test(door));
  const door = web.find((one) => one.startsWith("https:")) ?? web[0] ?? "";
  const url = URL.parse(door);
  if (url === null) return "";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (config.advertise.host !== "") url.hostname = config.advertise.host;
  else if (isWildcard(host)) url.hostname = ownAddress();
  return url.origin;
}

/** Where an admin at the machine itself reaches the box: plain http is answered on loopback only. */
export function linkBase(box: BoxAtWork): string {
  const base = baseOf(box);
  const url = URL.parse(box.doors().find((door) => door.startsWith("http:")) ?? "");
  if (base.startsWith("https:") || url === null) return base;
  if (isWildcard(url.hostname.replace(/^\[(.*)\]$/, "$1"))) url.hostname = "127.0.0.1";
  return url.origin;
}

/** An address of this machine that others can use; loopback where there is none. */
export function ownAddress(): string {
  const own = interfaceAddresses();
  return own.find((address) => !address.includes(":") && !address.startsWith("127.")) ?? own[0] ?? "127.0.0.1";
}

/** A certificate that the box signed itself, or its internal CA, is unknown to clients. */
export function isTrusted(certificates: CertificateKeeper): boolean {
  const used = certificates.list().find(({ in_use }) => in_use);
  return used !== undefined && (used.source === "file" || used.source === "uploaded") && used.issuer !== used.subject;
}

/** Users with a device that is there at this moment; read in parts, so users may come and go meanwhile. */
export function* registeredUsers(
  { storage: { subscribers }, registrar: { location } }: {
    readonly storage: Pick<ParleyStorage, "subscribers">;
    readonly registrar: { readonly location: { bindings(aor: string): readonly unknown[] } };
  },
): Iterable<string> {
  for (let part = subscribers.list("", PART); part.length > 0; part = subscribers.list(part.at(-1)!.aor, PART)) {
    for (const { aor } of part) if (location.bindings(aor).length > 0) yield aor;
  }
}

/** The doors of the settings, and which of them are open. */
export function doorFacts({ config, doors }: BoxAtWork) {
  const open = new Set(doors());
  return (["sip", "msrp", "web"] as const).flatMap((area) =>
    config.listen[area].map(({ transport, host, port }) => {
      const own = host === "localhost" ? "127.0.0.1" : host;
      const text = `${transport}://${endpointText({ host: own, port })}`;
      // A door on port 0 has another one now.
      return { area, scheme: transport, host: own, port, open: port === 0 || open.has(text) };
    })
  );
}

/** The peer whose next hop has this address; "" where there is none. */
export function peerAt({ peer }: Config, host: string): string {
  return peer.find(({ next_hop }) => tryParseUri(next_hop)?.host === host)?.domain ?? "";
}

/** Octets of the embedded database and its log; null for a store elsewhere. */
export async function storeSize(kv: string): Promise<number | null> {
  if (/^https?:/.test(kv)) return null;
  let octets = 0;
  for (const path of [kv, `${kv}-wal`]) {
    try {
      octets += (await Deno.stat(path)).size;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return octets;
}
