/** The document of what waits (oma-reference §5.1, §5.8). */
export const DEFERRED_LIST_AUID = "org.openmobilealliance.deferred-list";
export const DEFERRED_LIST_NAME = "deferred-list";

/** Our own attributes: `status`, `mode`, and the counts of a list that is not told whole. */
export const DELIVERY_NAMESPACE = "urn:parley:xml:delivery";

/** User parts of the service URIs of every domain served (oma-reference §2.4). No user can have them. */
export const DEFERRED_USER = "deferred";
export const DELETE_USER = "delete";

/** Where what waits is subscribed to and fetched, and in whose name it comes: `sip:deferred@domain`. */
export function deferredAddress(domain: string): string {
  return `sip:${DEFERRED_USER}@${domain}`;
}

/** Where a MESSAGE names what is to be deleted: `sip:delete@domain`. */
export function deleteAddress(domain: string): string {
  return `sip:${DELETE_USER}@${domain}`;
}
