import type { Clock } from "../../foundation/mod.ts";
import { escapeXml } from "../xml/mod.ts";
import { WATCHER_INFO_NAMESPACE } from "./watcher_info.ts";
import type { Watcher } from "./watcher_list.ts";

/** What a WatcherList shows to those who follow it. */
export interface FollowedList {
  readonly resource: string;
  readonly eventPackage: string;
  readonly clock: Clock;
  readonly revision: number;
  join(): void;
  leave(): void;
  watchers(): Iterable<Watcher>;
  changesSince(revision: number): readonly Watcher[] | null;
}

/**
 * What one subscription to watcher information is told (RFC 3857 §4.3): everything after each SUBSCRIBE, then those watchers
 * that changed. Versions count its documents from 0 (RFC 3858 §3).
 */
export class WatcherFeed {
  readonly #list: FollowedList;
  #version: number;
  /** Of the list, as it was told last; -1 before that. */
  #told = -1;

  /** `version`: of the last document that was told before a restart. */
  constructor(list: FollowedList, version = -1) {
    this.#list = list;
    this.#version = version;
    list.join();
  }

  /** Of the last document; -1 before that. */
  get version(): number {
    return this.#version;
  }

  /** The subscription is over; to be called once. */
  close(): void {
    this.#list.leave();
  }

  /** A document with all watchers. */
  full(): string {
    return this.#document("full", this.#list.watchers());
  }

  /** A document with those that changed since the last one; with all where that is not known; null where none did. */
  partial(): string | null {
    if (this.#told === this.#list.revision) return null;
    const changed = this.#told < 0 ? null : this.#list.changesSince(this.#told);
    if (changed === null) return this.full();
    if (changed.length > 0) return this.#document("partial", changed);
    this.#told = this.#list.revision;
    return null;
  }

  #document(state: "full" | "partial", watchers: Iterable<Watcher>): string {
    const { resource, eventPackage, clock } = this.#list;
    this.#told = this.#list.revision;
    const now = clock.now();
    const place = `resource="${escapeXml(resource)}" package="${escapeXml(eventPackage)}"`;
    let text = `<?xml version="1.0" encoding="UTF-8"?>\n<watcherinfo xmlns="${WATCHER_INFO_NAMESPACE}"` +
      ` version="${++this.#version}" state="${state}">\n<watcher-list ${place}>\n`;
    for (const watcher of watchers) text += watcherText(watcher, now);
    return `${text}</watcher-list>\n</watcherinfo>\n`;
  }
}

function watcherText(watcher: Watcher, now: number): string {
  const { id, uri, displayName, status, event, subscribedAt, expiresAt } = watcher;
  let attributes = `id="${id}" status="${status}" event="${event}"`;
  if (displayName !== "") attributes += ` display-name="${escapeXml(displayName)}"`;
  // Of what waits or is over nothing is left that could end.
  if (status === "pending" || status === "active") attributes += ` expiration="${seconds(expiresAt - now)}"`;
  return `<watcher ${attributes} duration-subscribed="${seconds(now - subscribedAt)}">${escapeXml(uri)}</watcher>\n`;
}

/** The wall clock may have been set back meanwhile. */
function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
