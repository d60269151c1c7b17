import { xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { constraintFailure, placeOf, quoted, uniquenessFailure } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { addressOfList, foldedAddress, foldedListAddress } from "./references.ts";

/** What is suggested in place of a URI that is taken. */
const ALTERNATIVES = 3;

/** URIs under which the services of a document are reached, folded. */
export function foldedUris(services: readonly XmlElement[]): string[] {
  const uris: string[] = [];
  for (const service of services) {
    const uri = foldedUri(service);
    if (uri !== "") uris.push(uri);
  }
  return uris;
}

function foldedUri(service: XmlElement): string {
  const uri = xmlAttribute(service, "uri") ?? "";
  return service.namespace === NS.rlsServices ? foldedListAddress(uri) : foldedAddress(uri);
}

/**
 * The rules for `service@uri` and `list-service@uri` (RFC 4826 §4.4.5, oma-reference §5.4): a SIP or tel address, of a domain that
 * is served here, that nobody else has: no other service of any document, no user; a list with `pres-list` may have its owner's.
 * Throws XcapProblem 409, with URIs that are free.
 *
 * @param namespace the default one of the usage
 */
export function checkServiceUris(services: readonly XmlElement[], context: UsageContext, namespace: string): void {
  const own = new Set<string>();
  for (const service of services) {
    const text = xmlAttribute(service, "uri") ?? "";
    const uri = foldedUri(service), address = addressOfList(uri);
    const domain = address.startsWith("sip:") ? address.slice(address.lastIndexOf("@") + 1) : "";
    if (uri === "" || (domain === "" && !uri.startsWith("tel:"))) {
      throw constraintFailure(
        `${placeOf(service)}: the uri ${
          quoted(text)
        } is no address of a service; allowed: sip:<name>@<domain> or a tel URI.`,
      );
    }
    if (domain !== "" && (!context.domains.has(domain) || !address.includes("@"))) {
      throw constraintFailure(
        `${placeOf(service)}: the uri ${quoted(text)} is not of a domain served here; allowed: sip:<name>@` +
          `${[...context.domains].join(", sip:<name>@")}.`,
      );
    }
    if (own.has(uri) || isTaken(uri, context)) {
      throw uniquenessFailure(
        `${placeOf(service)}: the uri ${quoted(text)} is taken; it must be unique on this server.`,
        service,
        "uri",
        namespace,
        alternativesOf(address, own, context),
      );
    }
    own.add(uri);
  }
}

function isTaken(uri: string, context: UsageContext): boolean {
  const holder = context.takenBy(uri);
  const { auid, owner, name } = context.key;
  if (holder !== undefined && (holder.auid !== auid || holder.owner !== owner || holder.name !== name)) return true;
  const address = addressOfList(uri);
  return context.isAddress?.(address) === true && (address === uri || address !== owner);
}

function alternativesOf(uri: string, own: ReadonlySet<string>, context: UsageContext): string[] {
  const at = uri.lastIndexOf("@");
  if (!uri.startsWith("sip:") || at < 0) return [];
  const name = uri.slice(0, at), domain = uri.slice(at);
  const owner = /^sip:([^@]+)@/.exec(context.key.owner)?.[1];
  const candidates = owner === undefined ? [] : [`${name}.${owner}${domain}`];
  for (let n = 2; n < 20; n++) candidates.push(`${name}-${n}${domain}`);
  const free: string[] = [];
  for (const candidate of candidates) {
    if (free.length === ALTERNATIVES) break;
    if (!own.has(candidate) && !isTaken(candidate, context)) free.push(candidate);
  }
  return free;
}
