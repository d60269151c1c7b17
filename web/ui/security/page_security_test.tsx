import assert from "node:assert/strict";
import { Hono } from "hono";
import type { Connection } from "../../websocket.ts";
import { Page } from "../components/page.tsx";
import { ErrorBody, errorTitle } from "../components/error_page.tsx";
import { Form } from "../forms/form.tsx";
import { render } from "../render.ts";
import { csrfMatches, csrfToken } from "./csrf.ts";
import { ownPath, type PageEnv, PageError, pageSecurity, setFlash } from "./page_security.ts";

const PLAIN: Connection = {
  remote: { host: "127.0.0.1", port: 1 },
  local: { host: "127.0.0.1", port: 2 },
  secure: false,
};
const SECURE: Connection = { ...PLAIN, secure: true };
const HOST = "https://box.test";

function app() {
  const app = new Hono<PageEnv>();
  const errorPage = (c: Parameters<typeof render>[0], error: PageError) =>
    render(
      c,
      <Page title={errorTitle(error)} home="/" version="">
        <ErrorBody error={error} back="/" />
      </Page>,
      error.status,
    );
  const clock = { now: () => 0, monotonic: () => 0 };
  const session = (c: { req: { header(name: string): string | undefined } }) => c.req.header("x-session") ?? "";
  app.use(pageSecurity({
    clock,
    session,
    preferences: "/preferences",
    limits: [{ path: /^\/large$/, octets: 1_000_000 }, { path: /^\/stream$/, octets: Infinity, streamed: true }],
    errorPage,
  }));
  app.get("/", (c) =>
    render(
      c,
      <Page title="A" home="/" version="1">
        <Form>x</Form>
      </Page>,
    ));
  app.post("/stream", async (c) => c.text(String((await c.req.raw.bytes()).length)));
  app.post("*", (c) => {
    setFlash(c, "ok", `got ${c.get("posted").text("name")} ✓`);
    return c.redirect("/", 303);
  });
  app.onError((error, c) => errorPage(c, error as PageError));
  return app;
}

function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}, connection = SECURE) {
  return app().request(
    `${HOST}${path}`,
    {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { origin: HOST, "sec-fetch-site": "same-origin", "x-session": "s1", ...headers },
    },
    connection,
  );
}
const token = csrfToken("s1");

Deno.test("a page has a strict policy with a nonce of its own, and its scripts carry it", async () => {
  const pages = await Promise.all([0, 1].map(() => app().request(`${HOST}/`, {}, SECURE)));
  const nonces = pages.map((page) => /'nonce-([\w-]{24})'/.exec(page.headers.get("content-security-policy")!)![1]);
  assert.notEqual(nonces[0], nonces[1]);
  const html = await pages[0].text();
  assert.match(html, /^<!doctype html><html/i);
  const scripts = html.match(/<script[^>]*>/g)!;
  assert.ok(
    scripts.length > 0 && scripts.every((one) => one.includes(`nonce="${nonces[0]}"`) && one.includes(" src=")),
  );
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/);
  const policy = pages[0].headers.get("content-security-policy")!;
  for (
    const part of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "require-trusted-types-for 'script'",
    ]
  ) {
    assert.ok(policy.includes(part), part);
  }
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.equal(pages[0].headers.get("cache-control"), "no-store");
  assert.equal(pages[0].headers.get("x-content-type-options"), "nosniff");
  assert.equal(pages[0].headers.get("referrer-policy"), "same-origin");
});

Deno.test("a form with its session's token is taken, and the next page says so once", async () => {
  const done = await post("/x", { _csrf: token, name: "Ada" });
  assert.equal(done.status, 303);
  const flash = done.headers.getSetCookie().find((one) => one.startsWith("parley_flash="))!;
  assert.match(flash, /HttpOnly/);
  const next = await app().request(`${HOST}/`, { headers: { cookie: flash.split(";")[0] } }, SECURE);
  assert.match(await next.text(), /got Ada ✓/);
  assert.ok(next.headers.getSetCookie().some((one) => /^parley_flash=;.*Max-Age=0/.test(one)));
});

Deno.test("a form is refused without token, with another session's, from another site, and from nowhere", async () => {
  const refused: [Record<string, string>, Record<string, string>][] = [
    [{}, {}],
    [{ _csrf: "" }, {}],
    [{ _csrf: csrfToken("s2") }, {}],
    [{ _csrf: `${token}x` }, {}],
    [{ _csrf: token }, { "sec-fetch-site": "cross-site" }],
    [{ _csrf: token }, { "sec-fetch-site": "same-site" }],
    [{ _csrf: token }, { origin: "https://evil.test" }],
    [{ _csrf: token }, { origin: "http://box.test" }],
    [{ _csrf: token }, { origin: "nonsense" }],
  ];
  for (const [fields, headers] of refused) {
    const answer = await post("/x", fields, headers);
    assert.equal(answer.status, 403, JSON.stringify([fields, headers]));
    assert.match(answer.headers.get("content-security-policy")!, /default-src 'none'/);
  }
  const silent = await app().request(`${HOST}/x`, {
    method: "POST",
    body: new URLSearchParams({ _csrf: token }),
    headers: { "x-session": "s1" },
  }, SECURE);
  assert.equal(silent.status, 403);
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    assert.equal((await app().request(`${HOST}/x`, { method }, SECURE)).status, 403, method);
  }
  // `Origin: null` is what a no-referrer page sends: then the browser's own word decides.
  assert.equal((await post("/x", { _csrf: token }, { origin: "null" })).status, 303);
});

Deno.test("before log-in the token hangs on a cookie of this host alone", async () => {
  const first = await app().request(`${HOST}/`, {}, SECURE);
  const cookie = first.headers.getSetCookie().find((one) => one.startsWith("__Host-parley_form="))!;
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /Secure/);
  assert.doesNotMatch(cookie, /Domain/);
  const found = /name="_csrf" value="([\w-]+)"/.exec(await first.text())![1];
  const headers = { "x-session": "", cookie: cookie.split(";")[0] };
  assert.equal((await post("/x", { _csrf: found }, headers)).status, 303);
  assert.equal((await post("/x", { _csrf: found }, { "x-session": "" })).status, 403);
  // The session's cookie is not sent along a link from another site, but with the form of the page there.
  assert.equal((await post("/x", { _csrf: found }, { ...headers, "x-session": "s1" })).status, 303);
  assert.ok(!csrfMatches(csrfToken(""), ""), "no cookie, no token");
});

Deno.test("a body beyond its page's limit is 413, one of another type 415, and a stream wants its token in the address", async () => {
  const large = { _csrf: token, x: "y".repeat(300_000) };
  const answer = await post("/x", large);
  assert.equal(answer.status, 413);
  assert.match(await answer.text(), /Too large/);
  assert.equal((await post("/large", large)).status, 303);
  assert.equal((await post("/x", { _csrf: token }, { "content-type": "text/plain" })).status, 415);
  assert.equal((await post(`/stream?_csrf=${token}`, large)).status, 200);
  assert.equal((await post("/stream", large)).status, 403);
});

Deno.test("theme and language are kept, and lead back to a page of ours only", async () => {
  const kept = await post("/preferences", { _csrf: token, theme: "dark", locale: "de", back: "/a?b=c" });
  assert.equal(kept.headers.get("location"), "/a?b=c");
  const cookies = kept.headers.getSetCookie().map((one) => one.split(";")[0]);
  assert.ok(cookies.includes("parley_theme=dark") && cookies.includes("parley_locale=de"));
  const page = await (await app().request(`${HOST}/`, { headers: { cookie: cookies.join("; ") } }, SECURE)).text();
  assert.match(page, /<html lang="de" dir="ltr" data-theme="dark"/);
  const rtl = await (await app().request(`${HOST}/`, { headers: { cookie: "parley_locale=qps-rtl" } }, SECURE)).text();
  assert.match(rtl, /dir="rtl"/);
  const bad = await post("/preferences", { _csrf: token, theme: "<x>", locale: "xx", back: "//evil.test" });
  assert.equal(bad.headers.get("location"), "/");
  assert.ok(!bad.headers.getSetCookie().some((one) => /theme|locale/.test(one)));
});

Deno.test("a way back stays on this origin", () => {
  for (
    const path of ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/a\nb", "/a\\b", "", "a"]
  ) {
    assert.equal(ownPath(path, "/home"), "/home", path);
  }
  assert.equal(ownPath("/admin/users?after=x&b=%20", "/home"), "/admin/users?after=x&b=%20");
});
