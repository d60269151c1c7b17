import { Events, Metrics, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseXcapUri, XcapProblem } from "../../../transport/xcap/mod.ts";
import { UNCONDITIONAL } from "../conditions.ts";
import { DocumentServer } from "../document_server.ts";
import type { Conditions, Written } from "../document_service.ts";
import type { Principal, Usage } from "../usage.ts";
import { USAGES } from "../usages/usages.ts";
import type { DocumentChange, XdmEvents } from "../xdm_events.ts";
import { FakeDocuments } from "./fake_documents.ts";

export const ROOT = "https://example.test/xcap";
export const ALICE: Principal = { kind: "user", aor: "sip:alice@example.test" };
export const BOB: Principal = { kind: "user", aor: "sip:bob@example.test" };

/** A document server over documents in memory. For tests only. */
export class XdmWorld {
  readonly time = new FakeTime();
  readonly documents: FakeDocuments;
  readonly events = new Events<XdmEvents>((error) => {
    throw error;
  });
  readonly changes: DocumentChange[] = [];
  readonly settings = { plain: false, max_document: 524_288, max_documents: 100, max_total: 4_194_304 };
  readonly metrics = new Metrics();
  readonly usages: ReadonlyMap<string, Usage>;
  server!: DocumentServer;

  private constructor(documents: FakeDocuments, usages: ReadonlyMap<string, Usage>) {
    this.documents = documents;
    this.usages = usages;
    this.events.on("documentChanged", (change) => this.changes.push(change));
  }

  static async open(documents = new FakeDocuments(), usages: ReadonlyMap<string, Usage> = USAGES): Promise<XdmWorld> {
    const world = new XdmWorld(documents, usages);
    world.server = await DocumentServer.open({
      documents,
      usages,
      domains: new Set(["example.test"]),
      isAddress: (uri) => /^sip:(?:alice|bob)@example\.test$/.test(uri),
      root: () => ROOT,
      settings: world.settings,
      events: world.events,
      clock: world.time,
      metrics: world.metrics,
      log: silentLog,
    });
    return world;
  }

  /** PUT below the root: `resource-lists/users/sip:alice@example.test/index`; the media type is that of the target. */
  put(path: string, body: string, by = ALICE, conditions: Conditions = UNCONDITIONAL): Promise<Written> {
    const { key, selector, mediaType } = this.target(path);
    return this.server.put(by, key, selector, { mediaType, octets: new TextEncoder().encode(body) }, conditions);
  }

  async get(path: string, by = ALICE): Promise<string> {
    const { key, selector } = this.target(path);
    const found = await this.server.get(by, key, selector, UNCONDITIONAL);
    return "notModified" in found ? "not modified" : found.body;
  }

  remove(path: string, by = ALICE, conditions: Conditions = UNCONDITIONAL): Promise<Written> {
    const { key, selector } = this.target(path);
    return this.server.remove(by, key, selector, conditions);
  }

  /** What a path below the root names. */
  target(path: string) {
    const [below, query = ""] = path.split("?");
    const { auid, xui, document, selector } = parseXcapUri(below, query);
    const mediaType = selector === null
      ? this.usages.get(auid)?.mediaType ?? ""
      : selector.node.kind === "attribute"
      ? "application/xcap-att+xml"
      : "application/xcap-el+xml";
    return { key: { auid, owner: xui ?? "", name: document }, selector, mediaType };
  }
}

/** What a request was refused with: `409 cannot-insert`, `404`; "" where it was not. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (!(error instanceof XcapProblem)) throw error;
    return error.condition === null ? String(error.status) : `${error.status} ${error.condition.element}`;
  }
}
