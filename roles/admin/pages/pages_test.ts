import assert from "node:assert/strict";
import type { Catalogue, Message, Texts } from "../../../web/ui/mod.ts";
import { ROLES } from "../services/mod.ts";
import { withEverybody } from "../testing/fake_services.ts";
import { ORIGIN, pagesOver, Visitor } from "../testing/page_visitor.ts";
import { HERE } from "../testing/api_client.ts";
import { roleMay } from "./frame/console.ts";
import { NAV } from "./frame/nav.ts";
import { t as dashboard } from "./texts/dashboard.ts";
import { t as entry } from "./texts/entry.ts";
import { t as frame } from "./texts/frame.ts";
import { t as users } from "./texts/users.ts";

const ITEMS = NAV.flatMap(({ items }) => [...items]);
const ALICE = "/admin/users/sip%3Aalice%40example.test";
const MORE = [
  { href: "/admin/users/new", permission: "users.write" },
  { href: "/admin/users/import", permission: "users.write" },
  { href: ALICE, permission: "users.read" },
] as const;

for (const role of ROLES) {
  Deno.test(`each page of the navigation opens for ${role}, or is 403 and not offered`, async () => {
    const visitor = await Visitor.as(await withEverybody(), role);
    const home = await visitor.get("/admin");
    for (const { href, permission } of [...ITEMS, ...MORE]) {
      const may = roleMay(role, permission);
      const page = await visitor.get(href);
      assert.equal(page.status, may ? 200 : 403, href);
      assert.match(page.text, /<main id="main"/, href);
      assert.match(page.headers.get("content-security-policy")!, /script-src 'nonce-/, href);
      if (ITEMS.some((item) => item.href === href)) assert.equal(home.text.includes(`<a href="${href}"`), may, href);
    }
  });
}

Deno.test("in German and from right to left every page is there too", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  for (const [locale, marks] of [["de", /<html lang="de" dir="ltr"/], ["qps-rtl", /dir="rtl"/]] as const) {
    visitor.cookies.set("parley_locale", locale);
    for (const { href } of [...ITEMS, ...MORE]) {
      const page = await visitor.get(href);
      assert.equal(page.status, 200, href);
      assert.match(page.text, marks, href);
      assert.doesNotMatch(
        page.text.replace(/<code[^>]*>.*?<\/code>/gs, ""),
        /undefined|\[object |NaN/,
        `${locale} ${href}`,
      );
    }
  }
});

Deno.test("every form that changes something has its token, every script its nonce, and nothing is inline", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  for (const { href } of [...ITEMS, ...MORE]) {
    const { text } = await visitor.get(href);
    for (const form of text.match(/<form [^>]*method="post".*?<\/form>/gs) ?? []) assert.match(form, /_csrf/, href);
    for (const script of text.match(/<script\b.*?<\/script>/gs) ?? []) {
      assert.match(script, /^<script(?=[^>]* src="\/assets\/)(?=[^>]* nonce=")[^>]*><\/script>$/, href);
    }
    assert.doesNotMatch(text, /<[^>]+\s(?:style|on\w+)=/, href);
    assert.doesNotMatch(text, /(?:src|href|action)="(?:https?:)?\/\/(?!im\.example\.test)/, href);
  }
});

Deno.test("each form's address refuses a request without the token, whoever sends it", async () => {
  const world = await withEverybody();
  const routes = pagesOver(world).routes.filter(({ method, path }) => method !== "GET" && !path.includes("*"));
  assert.ok(routes.length >= 10);
  const visitor = await Visitor.as(world, "owner");
  for (const { path } of routes) {
    const page = await visitor.postBare(path.replace(/:\w+/g, "x"), { do: "remove" });
    assert.equal(page.status, 403, path);
    assert.match(page.text, /nothing was done/, path);
  }
  const cross = await pagesOver(world).request(`${ORIGIN}/admin/log-out`, {
    method: "POST",
    headers: { "sec-fetch-site": "cross-site", origin: "https://evil.test", cookie: "__Host-parley=x" },
  }, HERE);
  assert.equal(cross.status, 403);
});

Deno.test("stored script stays text on every page", async () => {
  const EVIL = `"><script>alert(1)</script>'`;
  const world = await withEverybody();
  const stored = world.subscribers.get("sip:alice@example.test")!;
  await world.subscribers.put([{ ...stored, displayName: EVIL, note: EVIL, e164: EVIL }]);
  world.users.registered.set("sip:alice@example.test", [{
    id: EVIL,
    contact: EVIL,
    instance: EVIL,
    user_agent: EVIL,
    transport: EVIL,
    source: EVIL,
    registered_at: 1,
    expires_at: 2,
    live: true,
  }]);
  world.provisioning.signUps.push({ id: EVIL, uri: EVIL, display_name: EVIL, e164: EVIL, at: 1, source: EVIL });
  world.provisioning.invites.push({
    id: EVIL,
    uri: "sip:alice@example.test",
    created_at: 1,
    created_by: EVIL,
    expires_at: 2,
    uses: 0,
    max_uses: 1,
    used_at: 0,
  });
  world.rooms.group(EVIL, { owner: EVIL, displayName: EVIL, subject: EVIL });
  const evil = world.rooms.open({
    group: EVIL,
    subject: EVIL,
    creator: "sip:alice@example.test",
    terms: { displayName: EVIL, owner: EVIL },
    people: [["sip:alice@example.test", { nickname: EVIL }], [EVIL, { shown: { uri: EVIL, name: EVIL } }]],
  });
  world.chatSessions.open({ id: EVIL, from: "sip:alice@example.test", to: EVIL });
  world.health.items = [{
    code: EVIL,
    severity: "critical",
    text: EVIL,
    since: 1,
    repair: { text: EVIL, page: "javascript:alert(1)", action: EVIL },
    snoozed_until: 0,
  }];
  world.logs.write("error", EVIL, EVIL, { [EVIL]: EVIL });
  world.audit.append({ at: 1, event: EVIL, actor: EVIL, facts: { [EVIL]: EVIL } });
  const visitor = await Visitor.as(world, "owner");
  const rooms = [{ href: "/admin/rooms/public" }, { href: `/admin/rooms/${evil.id}` }];
  for (const { href } of [...ITEMS, ...MORE, ...rooms]) {
    const { text, status } = await visitor.get(`${href}?search=${encodeURIComponent(EVIL)}`);
    assert.ok(status < 500, `${href}: ${status}`);
    assert.doesNotMatch(text, /<script>/, href);
    assert.doesNotMatch(text, /href="javascript/, href);
  }
  assert.ok((await visitor.get(ALICE)).text.includes("&lt;script&gt;"));
});

Deno.test("a health item is repaired, snoozed and shown again; the badge counts warnings and up, not what is snoozed", async () => {
  const world = await withEverybody();
  const visitor = await Visitor.as(world, "operator");
  assert.match((await visitor.get("/admin/users")).text, /aria-label="Health: 2 things need attention"/);
  await visitor.post("/admin/health/snooze", { code: "certificate.self_signed", days: "7" });
  assert.match((await visitor.get("/admin/users")).text, /aria-label="Health: 1 thing needs attention"/);
  assert.match((await visitor.get("/admin")).text, /1 snoozed/);
  await visitor.post("/admin/health/snooze", { code: "certificate.self_signed", days: "0" });
  const repaired = await visitor.follow(await visitor.post("/admin/health/repair", { code: "peer.down/other.test" }));
  assert.match(repaired.text, /Done: It is mended/);
  const hand = await visitor.follow(await visitor.post("/admin/health/repair", { code: "certificate.self_signed" }));
  assert.match(hand.text, /mended by hand/i);
  const looking = await Visitor.as(world, "auditor");
  assert.equal((await looking.post("/admin/health/run", {})).status, 403);
  assert.doesNotMatch((await looking.get("/admin")).text, /action="\/admin\/health/);
});

Deno.test("a change that waits stands on every page with its countdown, and is confirmed or taken back there", async () => {
  const world = await withEverybody();
  const change = () =>
    world.services.settings.change([{ key: "listen.web", value: ["https://0.0.0.0:8443"] }], {
      by: "admin:owner",
      version: null,
      dry_run: false,
    });
  await change();
  const visitor = await Visitor.as(world, "operator");
  const page = await visitor.get("/admin/users");
  assert.match(page.text, /admin:owner changed listen\.web/);
  assert.match(page.text, /data-countdown="60"/);
  const kept = await visitor.post("/admin/candidate", { do: "confirm", back: "/admin/users" });
  assert.equal(kept.location, "/admin/users");
  assert.equal(world.settings.candidate, null);
  await change();
  await visitor.post("/admin/candidate", { do: "revert", back: "//evil.test" });
  assert.equal(world.settings.candidate, null);
  const late = await visitor.follow(await visitor.post("/admin/candidate", { do: "confirm" }));
  assert.match(late.text, /role="alert"/);
  await change();
  const auditor = await Visitor.as(world, "auditor");
  assert.doesNotMatch((await auditor.get("/admin/users")).text, /action="\/admin\/candidate"/);
  assert.equal((await auditor.post("/admin/candidate", { do: "revert" })).status, 403);
});

Deno.test("settings that wait for a restart say so on every page, and restart it", async () => {
  const world = await withEverybody();
  world.settings.restartNeeded = true;
  const visitor = await Visitor.as(world, "owner");
  assert.match((await visitor.get("/admin/users")).text, /A restart is needed/);
  await visitor.post("/admin/restart", { back: "/admin/users" });
  assert.deepEqual(world.restarts, ["admin:owner: asked for"]);
  await visitor.post("/admin/restart", { back: "/admin/users", do: "tell" });
  assert.match((await visitor.get("/admin/users")).text, /Users are told now/);
  assert.equal(world.restarts.at(-1), "admin:owner: asked for, told within 15000 ms");
});

Deno.test("what is not there is a page that says so, also for strangers' methods and broken addresses", async () => {
  const visitor = await Visitor.as(await withEverybody(), "owner");
  for (
    const path of [
      "/admin/nowhere",
      "/admin/users/nobody",
      "/admin/users/%E0%A4%A",
      "/admin/users/sip%3Anobody%40example.test",
    ]
  ) {
    const page = await visitor.get(path);
    assert.equal(page.status, 404, path);
    assert.match(page.text, /<h1>/, path);
  }
});

Deno.test("translations name what their source names", () => {
  const names = (message: Message) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort().join();
  for (const t of [frame, dashboard, users, entry] as unknown as Texts<Catalogue>[]) {
    for (const [key, message] of Object.entries(t.source)) {
      assert.equal(names((t.translations.de as Catalogue)[key]), names(message), key);
    }
  }
});
