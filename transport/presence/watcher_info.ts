import { detached } from "../../foundation/mod.ts";
import { xmlAttribute, xmlChildren, xmlCollapsed, type XmlLimits, xmlTrim } from "../xml/mod.ts";
import { placeIn, PresenceProblem } from "./presence_problem.ts";
import { parsePresenceXml } from "./read_presence.ts";
import { WATCHER_EVENTS, WATCHER_STATUSES, type WatcherEvent, type WatcherStatus } from "./watcher_machine.ts";

export const WATCHER_INFO_NAMESPACE = "urn:ietf:params:xml:ns:watcherinfo";
export const WATCHER_INFO_TYPE = "application/watcherinfo+xml";

/** A document of 5,000 watchers is read. */
export const WATCHER_INFO_LIMITS: XmlLimits = { characters: 2_097_152, depth: 32, elements: 6000, attributes: 64 };

/** A watcher as a document tells of it. */
export interface ReportedWatcher {
  readonly id: string;
  readonly uri: string;
  /** "" for none. */
  readonly displayName: string;
  readonly status: WatcherStatus;
  /** Null for one that we do not know. */
  readonly event: WatcherEvent | null;
  /** Seconds from when it was told; null where it is not said. */
  readonly expiration_s: number | null;
  readonly subscribed_s: number | null;
}

export interface ReportedWatcherList {
  readonly resource: string;
  readonly eventPackage: string;
  readonly watchers: readonly ReportedWatcher[];
}

/** `application/watcherinfo+xml` (RFC 3858). */
export interface WatcherInfoDocument {
  readonly version: number;
  readonly state: "full" | "partial";
  readonly lists: readonly ReportedWatcherList[];
}

/**
 * Reads watcher information. Elements and attributes of others are passed over, as are watchers without an id or with a status
 * that is none. Throws PresenceProblem.
 */
export function readWatcherInfo(body: Uint8Array | string): WatcherInfoDocument {
  const { root, text } = parsePresenceXml(body, WATCHER_INFO_LIMITS);
  if (root.name !== "watcherinfo" || root.namespace !== WATCHER_INFO_NAMESPACE) {
    const found = `the root is {${root.namespace}}${root.name}; allowed: {${WATCHER_INFO_NAMESPACE}}watcherinfo`;
    throw new PresenceProblem("invalid", `${placeIn(text, root.start)}: ${found}`);
  }
  const version = wholeNumber(xmlAttribute(root, "version"));
  if (version === null || version > 0xffff_ffff) {
    throw new PresenceProblem("invalid", `${placeIn(text, root.start)}: version is no number up to 4294967295`);
  }
  const state = xmlAttribute(root, "state");
  if (state !== "full" && state !== "partial") {
    throw new PresenceProblem("invalid", `${placeIn(text, root.start)}: state is neither full nor partial`);
  }
  const lists = xmlChildren(root, WATCHER_INFO_NAMESPACE, "watcher-list").map((list) => ({
    resource: detached(xmlTrim(xmlAttribute(list, "resource") ?? "")),
    eventPackage: detached(xmlTrim(xmlAttribute(list, "package") ?? "")),
    watchers: xmlChildren(list, WATCHER_INFO_NAMESPACE, "watcher").flatMap((watcher) => {
      const id = xmlAttribute(watcher, "id") ?? "";
      const status = xmlAttribute(watcher, "status") as WatcherStatus;
      if (id === "" || !WATCHER_STATUSES.includes(status)) return [];
      const event = xmlAttribute(watcher, "event") as WatcherEvent;
      return [{
        id: detached(id),
        uri: detached(xmlCollapsed(watcher.text)),
        displayName: detached(xmlAttribute(watcher, "display-name") ?? ""),
        status: WATCHER_STATUSES.find((one) => one === status)!,
        event: WATCHER_EVENTS.find((one) => one === event) ?? null,
        expiration_s: wholeNumber(xmlAttribute(watcher, "expiration")),
        subscribed_s: wholeNumber(xmlAttribute(watcher, "duration-subscribed")),
      }];
    }),
  }));
  return { version, state, lists };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\+?[0-9]{1,20}\s*$/.test(text) ? Number(text) : null;
}
