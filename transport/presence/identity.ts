import type { ComponentKind } from "./presence_component.ts";

/** What a component is recognised by. */
export interface Marks {
  readonly className: string;
  readonly contact: string;
  readonly serviceId: string;
  readonly serviceVersion: string;
  readonly deviceIds: readonly string[];
}

/**
 * What makes a component the same in documents of several sources, or in a later one: of a tuple its service, address, class
 * and devices (RFC 4479 §3.3.2: what reaches it; oma-reference §6.2), of a person its class, of a device its deviceID. ""
 * where it has none.
 */
export function identityOf(kind: ComponentKind, marks: Marks): string {
  switch (kind) {
    case "person":
      return `person\n${marks.className}`;
    case "device":
      return `device\n${uriKey(marks.deviceIds[0] ?? "")}`;
    case "tuple": {
      const { serviceId, contact, serviceVersion, className, deviceIds } = marks;
      if (serviceId === "" && contact === "") return "";
      const devices = deviceIds.length < 2
        ? uriKey(deviceIds[0] ?? "")
        : deviceIds.map((id) => uriKey(id)).sort().join(" ");
      return `tuple\n${serviceId}\n${serviceVersion}\n${className}\n${uriKey(contact)}\n${devices}`;
    }
  }
}

/** The identity of the same service at another address. */
export function identityAt(identity: string, contact: string): string {
  const parts = identity.split("\n");
  parts[CONTACT] = uriKey(contact);
  return parts.join("\n");
}

/** Where the address stands in the identity of a tuple. */
const CONTACT = 4;

/**
 * An `id` for an identity: the same one whenever and from whichever document it is made, so that patches can name it and a
 * client that invents new ids with each publication changes nothing for watchers. `salt` is a secret of the service: without
 * one, who may not see a class or a device could find it by trying which has this id.
 */
export function idOf(kind: ComponentKind, identity: string, salt: string): string {
  // Two 32 bit hashes (FNV-1a and its like from the other end): a document of 100 components has its like once in 10^15.
  let a = 0x811c9dc5, b = 0x9747b28c;
  const text = salt + identity;
  for (let i = 0, j = text.length - 1; j >= 0; i++, j--) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(j), 0x5bd1e995);
    b ^= b >>> 15;
  }
  return kind[0] + (a >>> 0).toString(36) + (b >>> 0).toString(36);
}

/**
 * A URI as one text for all that are the same (RFC 3986 §6.2.2.1, RFC 3261 §19.1.4 as far as case goes, RFC 3966 §4 for the
 * signs that only separate digits): scheme, the host of `sip`, `im`, `pres`, `mailto` and `http`, and URNs without case.
 */
export function uriKey(uri: string): string {
  const colon = uri.indexOf(":");
  if (colon < 0) return uri;
  const scheme = uri.slice(0, colon).toLowerCase();
  const rest = uri.slice(colon + 1);
  switch (scheme) {
    case "urn":
    case "mac":
      return `${scheme}:${rest.toLowerCase()}`;
    case "tel":
      return `${scheme}:${rest.replace(/[-.()]/g, "").toLowerCase()}`;
    case "sip":
    case "sips":
    case "im":
    case "pres":
    case "mailto": {
      const at = rest.lastIndexOf("@");
      return `${scheme}:${rest.slice(0, at + 1)}${rest.slice(at + 1).toLowerCase()}`;
    }
    default:
      return `${scheme}:${rest}`;
  }
}
