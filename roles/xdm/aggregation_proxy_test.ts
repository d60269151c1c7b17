import { equal, match, ok } from "node:assert/strict";
import { hash } from "node:crypto";
import { silentLog } from "../../foundation/mod.ts";
import { FakeSubscribers, subscriber } from "../sip_core/testing/fake_storage.ts";
import { AggregationProxy } from "./aggregation_proxy.ts";
import { HttpDigest } from "./http_digest.ts";
import { XdmWorld } from "./testing/xdm_world.ts";

const DOMAIN = "example.test";
const INDEX = "/xcap/resource-lists/users/sip:alice@example.test/index";
const LISTS = "application/resource-lists+xml";
const LIST = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="friends"/></resource-lists>`;

class Door {
  readonly subscribers = new FakeSubscribers([subscriber("sip:alice@example.test", "pw-alice")]);
  readonly world: XdmWorld;
  readonly #proxy: AggregationProxy;

  constructor(world: XdmWorld) {
    this.world = world;
    this.#proxy = new AggregationProxy({
      documents: world.server,
      search: null,
      digest: new HttpDigest(this.subscribers, world.time, {}),
      subscribers: this.subscribers,
      domains: new Set([DOMAIN]),
      path: "/xcap",
      settings: world.settings,
      clock: world.time,
      metrics: world.metrics,
      log: silentLog,
    });
  }

  static async open(): Promise<Door> {
    return new Door(await XdmWorld.open());
  }

  send(method: string, target: string, headers: Record<string, string> = {}, body?: BodyInit): Promise<Response> {
    const request = new Request(`http://127.0.0.1${target}`, { method, headers, body });
    return this.#proxy.handle(request, { remote: { host: "127.0.0.1" }, secure: false });
  }

  /** As alice. */
  async ask(method: string, target: string, headers: Record<string, string> = {}, body?: BodyInit): Promise<Response> {
    const challenge = (await this.send("GET", INDEX)).headers.get("www-authenticate")!;
    const nonce = /nonce="([^"]+)"/.exec(challenge)![1];
    const md5 = (text: string) => hash("md5", text, "hex");
    const secret = md5(`alice:${DOMAIN}:pw-alice`);
    const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`${method}:${target}`)}`);
    const authorization = `Digest username="alice", realm="${DOMAIN}", nonce="${nonce}", uri="${target}", ` +
      `response="${response}", qop=auth, nc=00000001, cnonce="c"`;
    return await this.send(method, target, { authorization, ...headers }, body);
  }

  put(headers: Record<string, string> = {}, body: BodyInit = LIST): Promise<Response> {
    return this.ask("PUT", INDEX, { "content-type": LISTS, ...headers }, body);
  }
}

Deno.test("whatever the answer, nothing in it runs in a browser: documents are what users wrote", async () => {
  const door = await Door.open();
  const answers = [
    await door.put(),
    await door.ask("GET", INDEX),
    await door.ask("GET", INDEX, { "if-none-match": "*" }),
    await door.ask("GET", `${INDEX}x`),
    await door.send("GET", INDEX),
    await door.send("GET", "/xcap/%3Cscript%3E"),
    await door.put({}, "<script"),
  ];
  equal(answers.map(({ status }) => status).join(" "), "201 200 304 404 401 404 409");
  for (const { headers, status } of answers) {
    match(headers.get("content-security-policy") ?? "", /default-src 'none'.*; sandbox$/, `${status}`);
    equal(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("media types stand alone, as clients compare them; 304 has the tag of what the client has", async () => {
  const door = await Door.open();
  const etag = (await door.put()).headers.get("etag")!;
  const types = [INDEX, `${INDEX}/~~/resource-lists/list`, `${INDEX}/~~/resource-lists/list/@name`].map(async (
    target,
  ) => (await door.ask("GET", target)).headers.get("content-type"));
  equal((await Promise.all(types)).join(" "), `${LISTS} application/xcap-el+xml application/xcap-att+xml`);
  equal((await door.put({}, "<a")).headers.get("content-type"), "application/xcap-error+xml");
  const same = await door.ask("GET", INDEX, { "if-none-match": `"x", ${etag}` });
  equal(
    `${same.status} ${same.headers.get("etag")} ${same.headers.get("cache-control")}`,
    `304 ${etag} private, no-cache`,
  );
});

Deno.test("other methods are 405 wherever they are sent, with what is allowed", async () => {
  const door = await Door.open();
  for (const [method, target] of [["POST", "/xcap/"], ["POST", INDEX], ["OPTIONS", "/xcap/x"], ["PATCH", INDEX]]) {
    const { status, headers } = await door.send(method, target);
    equal(`${status} ${headers.get("allow")}`, "405 GET, HEAD, PUT, DELETE", `${method} ${target}`);
  }
});

Deno.test("a body that is compressed is 415, and one that breaks off is the client's own fault", async () => {
  const door = await Door.open();
  equal((await door.put({ "content-encoding": "gzip" })).status, 415);
  equal((await door.put({ "content-encoding": "identity" })).status, 201);
  const broken = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("<resource")),
    pull: (controller) => controller.error(new Error("reset")),
  });
  const answer = await door.put({}, broken);
  equal(answer.status, 400);
  match(await answer.text(), /ended before it was whole/);
});

Deno.test("a charset is UTF-8 or a part of it; another one is 409 not-utf-8", async () => {
  const door = await Door.open();
  for (const charset of ["UTF-8", '"utf-8"', "us-ascii"]) {
    equal((await door.put({ "content-type": `${LISTS}; charset=${charset}` })).ok, true, charset);
  }
  const answer = await door.put({ "content-type": `${LISTS};charset=ISO-8859-1` });
  equal(answer.status, 409);
  match(await answer.text(), /<not-utf-8 phrase="Documents are UTF-8, not ISO-8859-1\./);
});

Deno.test("a user who is removed or suspended while the body is on its way writes nothing", async () => {
  for (const state of ["gone", "suspended"] as const) {
    const door = await Door.open();
    const slow = new ReadableStream({
      pull: async (controller) => {
        if (state === "gone") await door.subscribers.remove("sip:alice@example.test");
        else await door.subscribers.put([subscriber("sip:alice@example.test", "pw-alice", { state })]);
        controller.enqueue(new TextEncoder().encode(LIST));
        controller.close();
      },
    }, { highWaterMark: 0 });
    const answer = await door.put({}, slow);
    equal(answer.status, 403, state);
    match(await answer.text(), /^Your account is /);
    ok(door.world.documents.writes === 0);
  }
});
