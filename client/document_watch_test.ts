import { deepEqual, equal, ok } from "node:assert/strict";
import { EMPTY, Metrics, silentLog, utf8 } from "../foundation/mod.ts";
import { EventServer, responseHead } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";
import { Notes } from "./testing/notes.ts";

const ALICE = "sip:alice@home.test";
const [LISTS, ANSWERS] = [`resource-lists/users/${ALICE}/index`, `org.parley.quick-answers/users/${ALICE}/index`];

class Reader extends Notes {
  readonly told: string[] = [];
  onDocuments(paths: readonly string[]): void {
    this.told.push(paths.map((path) => path.split("/")[0]).join(" "));
  }
}

/** A document service that tells the tags it has, and a client of it. */
async function world() {
  const network = new MemoryNetwork();
  const { time } = network;
  const home = network.device("home.test");
  const tags = new Map<string, string>();
  const seen = { body: "", full: 0, subscribes: 0, text: null as string | null };
  const parts = { agent: home.agent, clock: time, timers: time.timers, log: silentLog, metrics: new Metrics() };
  const server = new EventServer(parts);
  const type = "application/xcap-diff+xml";
  const documents = () =>
    [...tags].map(([path, tag]) => `<d:document sel="${path}" new-etag="${tag}"><d:add/></d:document>`).join("");
  server.register({
    name: "xcap-diff",
    contentTypes: [type],
    expires: { default: 3600, min: 60, max: 7200 },
    pace: { interval_ms: 0, burst: 1 },
    admit: () => ({ state: "active" }),
    full: () => {
      const text = `<d:xcap-diff xmlns:d="urn:ietf:params:xml:ns:xcap-diff" xcap-root="x">${documents()}</d:xcap-diff>`;
      return { contentType: type, body: utf8(seen.text ?? text) };
    },
  });
  home.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (request.method === "SUBSCRIBE") {
        seen.subscribes++;
        if (request.body.length > 0) seen.body = new TextDecoder().decode(request.body);
        return server.handleSubscribe(transaction, { aor: ALICE }, ALICE);
      }
      const contact = request.get("Contact") ?? "";
      transaction.respond(200, responseHead(request, 200, { headers: [["Contact", contact]], toTag: "t" }), EMPTY);
    },
    onStrayResponse() {},
  };
  const notes = new Reader();
  const device = network.device("alice.test", { aor: ALICE, notes });
  const { client } = device;
  client.watchDocuments([LISTS]);
  client.watchDocuments([LISTS, ANSWERS]);
  equal(seen.subscribes, 0, "not before the registration");
  tags.set(LISTS, "1");
  client.start();
  await network.until(() => notes.told.length === 1, "the first word");
  return { network, device, client, notes, tags, seen, changed: () => server.changed("xcap-diff", ALICE) };
}

Deno.test("one subscription for all documents; what is another than before is told, once", async () => {
  const { network, notes, tags, seen, changed } = await world();
  deepEqual([notes.told, seen.subscribes], [["resource-lists"], 1]);
  ok(seen.body.includes(`<entry uri="${LISTS}"/><entry uri="${ANSWERS}"/>`), seen.body);
  tags.set(ANSWERS, "7");
  tags.set("another/users/x/index", "1");
  changed();
  await network.until(() => notes.told.length === 2, "the second word");
  changed();
  await network.pass(1000);
  deepEqual(notes.told, ["resource-lists", "org.parley.quick-answers"]);
});

Deno.test("what cannot be read may be anything: all documents are told of", async () => {
  const { network, notes, seen, changed } = await world();
  seen.text = "<d:xcap-diff";
  changed();
  await network.until(() => notes.told.length === 2, "a word");
  equal(notes.told[1], "resource-lists org.parley.quick-answers");
});

Deno.test("whoever registers again is told what changed meanwhile; documents that join are told of, too", async () => {
  const { network, device, client, notes, tags } = await world();
  tags.set(LISTS, "2");
  device.flowTo({ transport: "memory", host: "home.test", port: 5060, tlsName: "" })!.close("the wire broke");
  await network.until(() => notes.told.length === 2, "what was missed");
  const further = `org.parley.privacy/users/${ALICE}/index`;
  tags.set(further, "3");
  client.watchDocuments([further]);
  await network.until(() => notes.told.length === 3, "the further one");
  deepEqual(notes.told, ["resource-lists", "resource-lists", "org.parley.privacy"]);
});
