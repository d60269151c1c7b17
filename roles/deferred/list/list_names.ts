/** The document of what waits (oma-reference §5.1, §5.8). */
export const DEFERRED_LIST_AUID = "org.openmobilealliance.deferred-list";
export const DEFERRED_LIST_TYPE = "application/vnd.oma.im.deferred-list+xml";
/** The same vocabulary under the name of its older brother. */
export const HISTORY_LIST_TYPE = "application/vnd.oma.im.history-list+xml";
export const DEFERRED_LIST_NAME = "deferred-list";

export const HISTORY_NAMESPACE = "urn:oma:xml:im:history-list";
/** Taken beside the one above. */
export const DEFERRED_NAMESPACE = "urn:oma:xml:im:deferred-list";
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
