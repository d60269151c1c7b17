import {
  DATA_MODEL_NAMESPACE,
  GEOPRIV_NAMESPACE,
  OMA_PRESENCE_NAMESPACE,
  PIDF_NAMESPACE,
  RPID_NAMESPACE,
} from "./names.ts";

/**
 * What a watcher may be allowed to see, by the name of its permission: RFC 5025 §3.3.2 and OMA's (oma-reference §5.6), without
 * `provide-`. All booleans.
 */
export const ATTRIBUTE_PERMISSIONS = [
  "activities",
  "class",
  "deviceID",
  "mood",
  "place-is",
  "place-type",
  "privacy",
  "relationship",
  "sphere",
  "status-icon",
  "time-offset",
  "note",
  "willingness",
  "network-availability",
  "session-participation",
  "registration-state",
  "barring-state",
  "geopriv",
] as const;

export type AttributePermission = (typeof ATTRIBUTE_PERMISSIONS)[number];

/** A set of them has one bit for each. */
export function permissionBit(permission: AttributePermission): number {
  return 1 << ATTRIBUTE_PERMISSIONS.indexOf(permission);
}

/** Always shown where its tuple, person or device is (RFC 5025 §3.3.2). */
export const ALWAYS = 0;
/** Shown by what `user-input` says. */
export const USER_INPUT = -1;
/** Shown where its name is permitted. */
export const UNKNOWN = -2;

const NOTE = permissionBit("note");
const RPID: readonly AttributePermission[] = [
  "activities",
  "class",
  "deviceID",
  "mood",
  "place-is",
  "place-type",
  "privacy",
  "relationship",
  "sphere",
  "status-icon",
  "time-offset",
];
const OMA: readonly AttributePermission[] = [
  "willingness",
  "network-availability",
  "session-participation",
  "registration-state",
  "barring-state",
];

/** By namespace, then by name. */
const PERMITS = new Map<string, ReadonlyMap<string, number>>([
  [PIDF_NAMESPACE, new Map([["basic", ALWAYS], ["contact", ALWAYS], ["timestamp", ALWAYS], ["note", NOTE]])],
  [DATA_MODEL_NAMESPACE, new Map([["deviceID", permissionBit("deviceID")], ["timestamp", ALWAYS], ["note", NOTE]])],
  [
    RPID_NAMESPACE,
    new Map([
      ...RPID.map((name) => [name, permissionBit(name)] as const),
      ["service-class", ALWAYS],
      ["user-input", USER_INPUT],
    ]),
  ],
  [
    OMA_PRESENCE_NAMESPACE,
    new Map([
      ...OMA.map((name) => [name, permissionBit(name)] as const),
      // Says which service the tuple is about, as the contact does.
      ["service-description", ALWAYS],
      ["overriding-willingness", permissionBit("willingness")],
    ]),
  ],
  [GEOPRIV_NAMESPACE, new Map([["geopriv", permissionBit("geopriv")]])],
]);

/** What lets a watcher see a presence attribute: ALWAYS, USER_INPUT, UNKNOWN, or the bit of a permission. */
export function permitOf(component: "tuple" | "person" | "device", namespace: string, name: string): number {
  // What identifies a device is shown with it; in a tuple it tells on which devices a service runs (RFC 5025 §3.3.2.3).
  if (component === "device" && name === "deviceID" && namespace === DATA_MODEL_NAMESPACE) return ALWAYS;
  return PERMITS.get(namespace)?.get(name) ?? UNKNOWN;
}
