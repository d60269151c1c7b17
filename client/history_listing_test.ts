import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { EMPTY, Metrics, silentLog, utf8 } from "../foundation/mod.ts";
import { EventServer, responseHead } from "../transport/sip/mod.ts";
import { HISTORY_ACTION_NAMESPACE, HISTORY_LIST_NAMESPACE } from "../transport/payload/mod.ts";
import { parseXmlOctets, SMALL_XML, xmlAttribute } from "../transport/xml/mod.ts";
import { ClientHistory } from "./history.ts";
import { LISTED, type RecordingPage } from "./history_listing.ts";
import type { Reason } from "./im_user.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

const ALICE = "sip:alice@home.test";
const PATH = `org.openmobilealliance.conv-history/users/${ALICE}/conv-history/~~/history-list/history`;

/** A service that tells `body` of whatever is asked for, and a client of it. */
function world(body: (asked: readonly string[]) => string, status = 0) {
  const network = new MemoryNetwork();
  const { time } = network;
  const home = network.device("home.test");
  const server = new EventServer({
    agent: home.agent,
    clock: time,
    timers: time.timers,
    log: silentLog,
    metrics: new Metrics(),
  });
  const type = "application/xcap-diff+xml";
  let asked: readonly string[] = [];
  server.register({
    name: "xcap-diff",
    contentTypes: [type],
    expires: { default: 3600, min: 60, max: 7200 },
    pace: { interval_ms: 0, burst: 1 },
    admit: () => status === 0 ? { state: "active" } : { state: "refused", status, reason: "Not Here" },
    full: () => ({ contentType: type, body: utf8(body(asked)) }),
  });
  home.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (request.method !== "SUBSCRIBE") {
        return transaction.respond(200, responseHead(request, 200, { toTag: "t" }), EMPTY);
      }
      equal(request.get("Expires"), "0", "asked once");
      const [list] = parseXmlOctets(request.body, SMALL_XML).root.children;
      asked = list.children.map((entry) => xmlAttribute(entry, "uri")!);
      server.handleSubscribe(transaction, { aor: ALICE }, ALICE);
    },
    onStrayResponse() {},
  };
  const { client } = network.device("alice.test", { aor: ALICE });
  const list = async (from = 1): Promise<RecordingPage & { readonly problem: Reason | null }> => {
    const told: (RecordingPage & { readonly problem: Reason | null })[] = [];
    ok(new ClientHistory(client).list(from, (page, problem) => void told.push({ ...page, problem })));
    await network.until(() => told.length > 0, "the list");
    await network.pass(40_000);
    equal(told.length, 1, "once");
    return told[0];
  };
  return { list, client, asked: () => asked };
}

function diff(...changes: readonly string[]): string {
  return `<d:xcap-diff xmlns:d="urn:ietf:params:xml:ns:xcap-diff" xcap-root="x">${changes.join("")}</d:xcap-diff>`;
}

function element(place: number, content: string): string {
  const namespaces = `xmlns="${HISTORY_LIST_NAMESPACE}" xmlns:p="${HISTORY_ACTION_NAMESPACE}"`;
  return `<d:element sel="${PATH}%5B${place}%5D" ${namespaces}>${content}</d:element>`;
}

const attribute = (place: number, value: string) =>
  `<d:attribute sel="${PATH}%5B${place}%5D/@history-reference">${value}</d:attribute>`;

const ROOM =
  '<history history-reference="h-2"><size>9</size><conference><time-start>2026-05-01T08:00:00Z</time-start>' +
  "<recording-name>Work/Team</recording-name>" +
  '<conf-list group-uri="sip:team@home.test" group-display-name="Team"><entry uri="sip:bob@home.test"/></conf-list>' +
  "</conference><p:kind>room</p:kind><p:messages>3</p:messages><p:open/></history>";

Deno.test("a page is asked for by places, one more than it shows, and read whole", async () => {
  const others = `<entry uri="${ALICE}"/><entry uri="sip:bob@home.test"><display-name>Bob</display-name></entry>`;
  const two =
    '<history history-reference="h-1"><pager><time-stamp>2026-05-01T07:00:00Z</time-stamp><to>sip:bob@home.test' +
    `</to><recipient-list>${others}</recipient-list><p:recording-name>a</p:recording-name></pager>` +
    "<p:kind>pager</p:kind><p:messages>1</p:messages></history>";
  const { list, asked } = world(() =>
    diff(element(3, ROOM), attribute(3, "h-2"), element(4, two), attribute(4, "h-1"))
  );
  const { recordings, more, problem } = await list(3);
  deepEqual([more, problem], [false, null]);
  deepEqual(recordings, [
    {
      number: 3,
      reference: "h-2",
      kind: "room",
      name: "Work/Team",
      with: [{ uri: "sip:team@home.test", name: "Team" }],
      messages: 3,
      since: Date.UTC(2026, 4, 1, 8),
      open: true,
    },
    {
      number: 4,
      reference: "h-1",
      kind: "pager",
      name: "a",
      with: [{ uri: "sip:bob@home.test", name: "Bob" }],
      messages: 1,
      since: Date.UTC(2026, 4, 1, 7),
      open: false,
    },
  ]);
  equal(asked().length, 2 * (LISTED + 1));
  equal(asked()[0], `${PATH}%5B3%5D`);
  equal(asked().at(-1), `${PATH}%5B${3 + LISTED}%5D/@history-reference`);
});

Deno.test("what there was no room for is known by its reference; what is behind the page tells that there is more", async () => {
  const all = Array.from({ length: LISTED + 1 }, (_, i) => attribute(i + 1, `h-${i}`));
  const { list } = world(() => diff(...all, element(2, ROOM)));
  const { recordings, more } = await list();
  deepEqual([recordings.length, more], [LISTED, true]);
  deepEqual(recordings.slice(0, 2).map(({ reference, messages }) => [reference, messages]), [["h-0", -1], ["h-2", 3]]);
});

Deno.test("nothing recorded is an empty list; what cannot be read, a refusal and a service that says nothing are told", async () => {
  deepEqual(await world(() => diff()).list(), { recordings: [], more: false, problem: null });
  for (
    const body of ["<x/>", "no xml", diff(element(1, "<history/>")), diff(element(1, "<other/>")), "<a>".repeat(99)]
  ) {
    const { recordings, problem } = await world(() => body).list();
    deepEqual([recordings, problem === null], [[], false], body);
  }
  const refused = await world(() => "", 403).list();
  deepEqual([refused.recordings, refused.problem?.status], [[], 403]);
  const { client } = world(() => "");
  for (const from of [0, -1, 1.5, NaN]) throws(() => new ClientHistory(client).list(from, () => {}), RangeError);
});

Deno.test("a service that tells of places nobody asked for changes nothing", async () => {
  const { list } = world(() =>
    diff(element(7, ROOM), attribute(99, "h-x"), `<d:element sel="other">${ROOM}</d:element>`)
  );
  deepEqual((await list()).recordings, []);
});
