import { signal } from "@preact/signals-core";
import { escapeXml, parseXml, xmlAttribute, xmlChildren } from "../../../transport/xml/mod.ts";
import type { EngineParts } from "../doors.ts";
import { unless } from "../outcomes.ts";
import type { PrivacyDocument } from "../settings/privacy_document.ts";
import { addressKey, listNode, ownDocument, RESOURCE_LISTS } from "./own_documents.ts";
import { Refreshed } from "./refreshed.ts";

/** Who may know where the user is (LOC-2), as the service names the list. */
const LIST = "oma_locationlist";
const ELEMENT = "application/xcap-el+xml";
const LIMITS = { characters: 600_000, depth: 16, elements: 20_000, attributes: 64 };

/** Who may know where the user is: a list of the user's document, which counts while the privacy settings say `locatable`. */
export class Locators {
  readonly fresh: Refreshed;
  readonly #parts: EngineParts;
  readonly #privacy: PrivacyDocument;
  /** Addresses as they stand in the list, by their keys; null where there is no such list. */
  readonly #list = signal<ReadonlyMap<string, string> | null>(null);

  constructor(parts: EngineParts, privacy: PrivacyDocument) {
    this.#parts = parts;
    this.#privacy = privacy;
    this.fresh = new Refreshed(parts, [ownDocument("resource-lists", parts.link.me.uri)], () => this.#load());
  }

  may(uri: string): boolean {
    const isLocatable = this.#privacy.flags.value?.locatable ?? false;
    return isLocatable && this.#list.value?.has(addressKey(uri)) === true;
  }

  /** Rejects with RestProblem. */
  async let(uri: string, on: boolean): Promise<void> {
    await this.#privacy.known();
    const isLocatable = this.#privacy.flags.peek()?.locatable ?? false;
    if (!on) await this.#remove(uri);
    else if (isLocatable) await this.#add(uri);
    // Nobody may at present, whatever the list says: those in it must not come along.
    else {
      await this.#write([uri]);
      await this.#privacy.change({ locatable: true });
    }
    await this.fresh.refresh();
  }

  async #add(uri: string): Promise<void> {
    if (this.#list.peek() === null) return await this.#write([uri]);
    await this.#parts.rest.xcap("PUT", this.#node(uri), { body: entryText(uri), type: ELEMENT });
  }

  async #remove(uri: string): Promise<void> {
    const known = this.#list.peek()?.get(addressKey(uri));
    if (known !== undefined) await unless(404, this.#parts.rest.xcap("DELETE", this.#node(known)));
  }

  /** The whole list; the document with it where there is none yet. */
  async #write(uris: readonly string[]): Promise<void> {
    const { rest } = this.#parts;
    const list = `<list xmlns="${RESOURCE_LISTS}" name="${LIST}">${uris.map(entryText).join("")}</list>`;
    const written = await unless(409, rest.xcap("PUT", this.#node(), { body: list, type: ELEMENT }));
    if (written !== null) return;
    const body =
      `<?xml version="1.0" encoding="UTF-8"?>\n<resource-lists xmlns="${RESOURCE_LISTS}">${list}</resource-lists>`;
    const path = `/${ownDocument("resource-lists", this.#parts.link.me.uri)}`;
    await rest.xcap("PUT", path, { body, type: "application/resource-lists+xml", ifNoneMatch: "*" });
  }

  #node(uri?: string): string {
    return listNode(this.#parts.link.me.uri, [LIST], uri);
  }

  async #load(): Promise<void> {
    const answer = await unless(404, this.#parts.rest.xcap("GET", this.#node()));
    // The service has checked it against the schema of lists.
    const entries = answer === null ? null : xmlChildren(parseXml(answer.body, LIMITS).root, RESOURCE_LISTS, "entry");
    this.#list.value = entries && new Map(entries.map((entry) => {
      const uri = xmlAttribute(entry, "uri") ?? "";
      return [addressKey(uri), uri];
    }));
  }
}

function entryText(uri: string): string {
  return `<entry xmlns="${RESOURCE_LISTS}" uri="${escapeXml(uri)}"/>`;
}
