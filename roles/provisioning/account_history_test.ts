import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ConversationsWorld } from "../history/testing/conversations_world.ts";
import { ALICE, BOB } from "../history/testing/messages.ts";
import { apiOver } from "../admin/testing/api_client.ts";
import { withEverybody } from "../admin/testing/fake_services.ts";
import type { Browser } from "./testing/browser.ts";
import { t } from "./account_history_texts.ts";
import { PageWorld } from "./testing/page_world.ts";

/** Alice signed in at her page, which asks the real REST API over what she has recorded. */
async function open() {
  const world = await PageWorld.open();
  const admin = await withEverybody();
  const recorded = await ConversationsWorld.open();
  const api = apiOver({ ...admin, services: { ...admin.services, conversations: recorded.conversations } });
  const token = await admin.logInUser(ALICE);
  const { fetch: others } = world.rest.app;
  // The account's own routes are those of the fake; conversations are the API's.
  world.rest.app.fetch = (request: Request, ...more) => {
    if (!new URL(request.url).pathname.startsWith("/api/v1/me/")) return others(request, ...more);
    const headers = new Headers(request.headers);
    if (world.rest.sessions.has(headers.get("authorization")?.slice(7) ?? "")) {
      headers.set("authorization", `Bearer ${token}`);
    }
    return api.fetch(new Request(request, { headers }), { ...(more[0] as object), secure: true } as never);
  };
  const browser = world.browser();
  await browser.post("/account", "/account/sign-in", { uri: "alice", password: "wonderland" });
  return { world, recorded, browser, [Symbol.asyncDispose]: () => recorded[Symbol.asyncDispose]() };
}

const section = (html: string) => /<section[^>]*id="history"[^]*?<\/section>/.exec(html)?.[0] ?? "";
const shown = async (browser: Browser, query = "") => section((await browser.get(`/account${query}`)).html);

Deno.test("the page lists what is recorded, with whom, when and how much, every text as text", async () => {
  await using box = await open();
  const { browser, recorded } = box;
  match(await shown(browser), /Nothing is recorded yet/);
  const evil = `<script>alert(1)</script>`;
  await recorded.record([evil, "bye"], {
    subject: evil,
    parties: [{ uri: ALICE, name: "" }, { uri: BOB, name: evil }],
  });
  await recorded.record(["hi"], { open: true });
  const html = await shown(browser);
  ok(!html.includes("<script>"));
  match(html, /&lt;script&gt;/);
  match(html, /being recorded/);
  match(html, /30 bytes of 268 MB, in 2 conversations/);
  ok(!html.includes("alert(1)</"), "what was said is not on the page");
});

Deno.test("what is recorded is a choice of one of five, and holds from then on", async () => {
  await using box = await open();
  const { browser, recorded } = box;
  match(await shown(browser), /value="default" checked/);
  equal((await browser.post("/account", "/account/history/record", { record: "pager" })).status, 303);
  equal(recorded.wishes.get(ALICE), "pager");
  const { html } = await browser.get("/account");
  match(html, /It holds from now on/);
  match(section(html), /value="pager" checked/);
  await browser.post("/account", "/account/history/record", { record: "nonsense" });
  equal(recorded.wishes.get(ALICE), undefined);
  recorded.settings.enabled = false;
  const off = await shown(browser);
  match(off, /does not let conversations be recorded/);
  ok(!off.includes('type="radio"'));
});

Deno.test("a conversation is deleted after it was asked for twice; one that is gone is told", async () => {
  await using box = await open();
  const { browser, recorded } = box;
  const reference = await recorded.record(["hello"]);
  const asked = /<details[^>]*class="confirm"[^>]*>([\s\S]*?)<\/details>/.exec(await shown(browser))![1];
  match(asked, /action="\/account\/history\/delete"/);
  ok(asked.includes(reference));
  const remove = () => browser.post("/account", "/account/history/delete", { reference });
  equal((await remove()).headers.get("location"), "/account#history");
  match((await browser.get("/account")).html, /The conversation is deleted/);
  equal(recorded.history.list(ALICE).length, 0);
  await remove();
  match((await browser.get("/account")).html, /was not there any more/);
  await browser.post("/account", "/account/history/delete", { reference: "" });
  match((await browser.get("/account")).html, /was not there any more/);
});

Deno.test("searching shows what was found around the words, and says where it was bounded or empty", async () => {
  await using box = await open();
  const { browser, recorded } = box;
  await recorded.record(["Meet me in the library", "<b>library</b> closed"]);
  const html = await shown(browser, "?words=libr&with=bob");
  match(html, /Meet me in the library/);
  match(html, /&lt;b&gt;library&lt;\/b&gt; closed/);
  match(html, /2 messages found/);
  match(html, /value="libr"/);
  match(await shown(browser, "?words=nothing"), /Nothing was found/);
  match(await shown(browser, "?words=%3F%21"), /Nothing was found/);
  match(await shown(browser, `?words=${"x".repeat(2000)}`), /Nothing was found/);
});

Deno.test("exports come as files, in the page's language; who is not signed in gets none", async () => {
  await using box = await open();
  const { browser, recorded, world } = box;
  const reference = await recorded.record(["hello there"]);
  const links = [...(await shown(browser)).matchAll(/href="(\/account\/history\/export[^"]*)"/g)]
    .map(([, link]) => link.replaceAll("&amp;", "&"));
  equal(links.length, 2);
  const [page, json] = [await browser.get(links[0]), await browser.get(links[1])];
  match(page.headers.get("content-disposition")!, /^attachment; .*\.html/);
  match(page.html, /<html lang="en">[^]*hello there/);
  equal(JSON.parse(json.html).reference, reference);
  const german = await browser.get(links[0], { "accept-language": "de" });
  match(german.html, /<html lang="de">/);
  equal((await browser.get("/account/history/export?reference=h-none")).status, 404);
  equal((await browser.get("/account/history/export")).status, 404);
  const stranger = await world.browser().get(links[0]);
  deepEqual([stranger.status, stranger.headers.get("location")], [303, "/account"]);
});

Deno.test("a box that keeps no conversations has no such section, and its page is there all the same", async () => {
  const world = await PageWorld.open();
  const browser = world.browser();
  await browser.post("/account", "/account/sign-in", { uri: "alice", password: "wonderland" });
  const { status, html } = await browser.get("/account");
  deepEqual([status, section(html)], [200, ""]);
});

Deno.test("what the section says names the same things in each language", () => {
  const forms = (message: string | { one: string; other: string }) =>
    typeof message === "string" ? [message] : [message.one, message.other];
  const names = (message: string | { one: string; other: string }) =>
    [...new Set(forms(message).join(" ").match(/\{\w+\}/g))].sort().join(" ");
  const { source, translations: { de } } = t;
  for (const [key, message] of Object.entries(source)) {
    equal(names(de[key as keyof typeof de]), names(message), key);
    ok(forms(de[key as keyof typeof de]).every((text) => text !== ""), key);
  }
});
