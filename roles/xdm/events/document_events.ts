import type { Clock, Events, Metrics, Timers } from "../../../foundation/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import { type EventServer, tryParseUri } from "../../../transport/sip/mod.ts";
import { serviceState, subscriberOf } from "../../sip_core/mod.ts";
import type { XdmEvents } from "../xdm_events.ts";
import { ownerOf } from "../xui.ts";
import { DocumentWatches } from "./document_watches.ts";
import type { UriReading } from "./read_selection.ts";
import { readResourceList } from "./resource_list.ts";
import { SelectionProblem } from "./selection.ts";
import { readUaProfile } from "./ua_profile.ts";
import { WatchedDocuments, type WatchedDocumentsParts } from "./watched_documents.ts";
import { XcapDiffPackage, type XcapDiffPackageParts } from "./xcap_diff_package.ts";

/** What notifications of documents stand on. */
export interface DocumentEventsParts extends WatchedDocumentsParts {
  readonly subscribers: Subscribers;
  readonly events: Events<XdmEvents>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
}

/** Who subscribes to documents learns what becomes of them: RFC 5875, and the `ua-profile` of OMA XDM 1.x before it. */
export class DocumentEvents {
  readonly #parts: DocumentEventsParts;
  readonly #watches: DocumentWatches;

  constructor(parts: DocumentEventsParts) {
    this.#parts = parts;
    this.#watches = new DocumentWatches({ ...parts, documents: new WatchedDocuments(parts) });
  }

  /** From now on SUBSCRIBE for both packages is answered. */
  join(server: Pick<EventServer, "register">): void {
    server.register(this.#package("xcap-diff", ({ filter }, user) => {
      if (filter === null) throw new SelectionProblem(400, "List The Resources In The Body");
      return readResourceList(filter.contentType, filter.body, this.#reading(user));
    }));
    server.register(this.#package("ua-profile", ({ filter, params }, user) => {
      if (filter !== null) return readResourceList(filter.contentType, filter.body, this.#reading(user));
      return readUaProfile(params, this.#reading(user));
    }));
  }

  /** A user may see documents no longer, or not with the password of before: all of its subscriptions end. */
  end(aor: string, reason: "noresource" | "rejected" | "deactivated"): void {
    this.#watches.end(aor, reason);
  }

  /** After all documents of a user have been removed. */
  treeRemoved(aor: string): void {
    this.#watches.treeRemoved(aor);
  }

  #package(name: string, read: XcapDiffPackageParts["read"]): XcapDiffPackage {
    const { domains } = this.#parts;
    return new XcapDiffPackage({
      name,
      watches: this.#watches,
      userOf: (watcher) => this.#userOf(watcher, true),
      mayAsk: (user, resource) => this.#userOf(resource, false) === user || isBox(resource, domains),
      read,
    });
  }

  #reading(watcher: string): UriReading {
    const { root, domains, subscribers } = this.#parts;
    return { root: root(), domains, watcher, ownerOf: (xui) => ownerOf(xui, subscribers, domains) };
  }

  /** Users are known by any of their names. */
  #userOf(text: string, inService: boolean): string | null {
    const { subscribers, domains, clock } = this.#parts;
    const uri = tryParseUri(text);
    const subscriber = uri === null ? undefined : subscriberOf(uri, subscribers, domains);
    if (subscriber === undefined || (inService && serviceState(subscriber, clock) !== "active")) return null;
    return subscriber.aor;
  }
}

function isBox(resource: string, domains: ReadonlySet<string>): boolean {
  const uri = tryParseUri(resource);
  return uri !== null && uri.user === "" && domains.has(uri.host);
}
