/** People with presence on one box: they register, publish, watch and write rules. */
import { equal } from "node:assert/strict";
import type { ParleyProcess } from "./parley.ts";
import { PresenceClient, type PresenceWatch, type Publication } from "./presence_client.ts";
import { presenceRulesText, resourceListText, type RuleFacts, statusText } from "./presence_documents.ts";
import { basicOf } from "./presence_watch.ts";
import { type ClientTransport, leave, SipClient, statusOf } from "./sip_client.ts";
import { XcapClient } from "./xcap_client.ts";

/** One user: a registered device, its documents, what it publishes. */
export class PresencePerson {
  readonly sip: SipClient;
  readonly presence: PresenceClient;
  readonly documents: XcapClient;
  readonly publication: Publication;
  #hasLeft = false;

  private constructor(sip: SipClient, documents: XcapClient) {
    this.sip = sip;
    this.presence = new PresenceClient(sip);
    this.documents = documents;
    this.publication = this.presence.publication();
  }

  /** @param registers whether the device registers */
  static async open(
    parley: ParleyProcess,
    user: string,
    transport: ClientTransport = "udp",
    registers = true,
  ): Promise<PresencePerson> {
    const { domain } = parley;
    const port = transport === "ws" ? parley.webPort : parley.port;
    const sip = await SipClient.open({ user, domain, port, transport });
    if (registers) equal(statusOf(await sip.register()), 200);
    return new PresencePerson(sip, new XcapClient({ user, domain, port: parley.webPort }));
  }

  get aor(): string {
    return this.sip.aor;
  }

  /** Publishes what a common client does. */
  async says(basic: "open" | "closed", activity?: string, note?: string): Promise<void> {
    const facts = { basic, ...(activity === undefined ? {} : { activity }), ...(note === undefined ? {} : { note }) };
    equal(statusOf(await this.publication.publish(statusText(this.aor, facts))), 200);
  }

  /** Subscribes, and waits for the first NOTIFY. */
  async watches(other: PresencePerson | string, partial = false): Promise<PresenceWatch> {
    const watch = this.presence.watch(typeof other === "string" ? other : other.aor, partial);
    equal(statusOf(await watch.subscribe()), 200);
    await watch.next();
    return watch;
  }

  async rules(...rules: RuleFacts[]): Promise<void> {
    await this.#put("pres-rules", presenceRulesText(rules));
  }

  /** Lists of `resource-lists`, by name: all there are from now on. */
  async lists(lists: Readonly<Record<string, readonly PresencePerson[]>>): Promise<void> {
    const texts = Object.entries(lists).map(([name, people]) => resourceListText(name, people.map(({ aor }) => aor)));
    const inner = texts.map((text) => /<list [\s\S]*<\/list>/.exec(text)![0]).join("");
    await this.#put("resource-lists", texts[0].replace(/<list [\s\S]*<\/list>/, () => inner));
  }

  /** Settings of the privacy document that are true; all others are as the box has them by default. */
  async privacy(settings: Readonly<Record<string, boolean>>): Promise<void> {
    const inner = Object.entries(settings).map(([name, value]) => `<${name}>${value}</${name}>`).join("");
    await this.#put("org.parley.privacy", `<privacy xmlns="urn:parley:xml:privacy">${inner}</privacy>`);
  }

  async #put(auid: string, text: string): Promise<void> {
    const type: Record<string, string> = auid === "org.parley.privacy"
      ? { "content-type": "application/vnd.parley.privacy+xml" }
      : {};
    const { status, body } = await this.documents.put(this.documents.own(auid, "index"), text, type);
    equal(status === 200 || status === 201, true, `${status} ${body}`);
  }

  /** Says that it goes, and goes. */
  async close(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (this.publication.tag !== "") await this.publication.remove();
    await leave([this.sip]);
    this.documents.close();
  }
}

/** What a watcher knows, in short: the basic status of each service, then elements of RFC 4480 §3.2 and notes. */
export function inShort(watch: PresenceWatch): string {
  const { presence } = watch;
  if (presence === null) return "nothing";
  const text = watch.notifies.at(-1)!.body;
  const activities = Array.from(
    text.matchAll(/<rpid:activities[^>]*>([\s\S]*?)<\/rpid:activities>/g),
    ([, inner]) => Array.from(inner.matchAll(/<rpid:([a-z-]+)\/>/g), ([, name]) => name),
  ).flat();
  const notes = Array.from(text.matchAll(/<(?:dm:)?note[^>]*>([^<]*)</g), ([, note]) => `"${note}"`);
  return [...new Set(basicOf(presence)), ...activities, ...notes].join(" ");
}
