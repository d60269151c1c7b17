/** Pages of others: what they may not do to the console, nor with its session. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { ADMIN_PASSWORD } from "../support/rest.ts";
import { browserTest, logIn, press, Stage } from "./support/stage.ts";

/** A page of another origin on this machine: to the browser the same site, so that strict cookies do travel. */
class Attacker implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  html = "";

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        new Response(`<!doctype html><title>Win a prize</title>${this.html}`, {
          headers: { "content-type": "text/html; charset=utf-8" },
        }),
    );
  }

  /** The same server by a name that is another site. */
  url(host: "127.0.0.1" | "localhost"): string {
    return `http://${host}:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

let stage: Stage;
Deno.test.afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const users = async () => (await stage.ada.get<{ total: number }>("/users")).total;

browserTest("a form and a script of another origin change nothing, with the admin logged in", async () => {
  stage = await Stage.open(["alice"]);
  const { origin, browser } = stage;
  await using attacker = new Attacker();
  const admin = await stage.admin();
  for (const host of ["127.0.0.1", "localhost"] as const) {
    for (
      const [path, fields] of [
        ["/admin/users/new", { uri: "sip:evil@example.test", password: "of the attacker" }],
        ["/admin/admins", { name: "evil", role: "owner", password: "of the attacker" }],
        ["/admin/log-out", {}],
        ["/admin/restart", {}],
        ["/api/v1/users", { uri: "sip:evil@example.test" }],
        ["/api/v1/restart", {}],
      ] as const
    ) {
      const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
      attacker.html = `<form method="post" action="${origin}${path}">${inputs.join("")}<button>Win</button></form>`;
      await admin.goto(attacker.url(host));
      const [answer] = await Promise.all([
        admin.waitForResponse((response) => response.url() === origin + path),
        admin.locator("button").click(),
      ]);
      // Of the same site the session's cookie came along; of another it did not.
      const expected = host === "localhost" && path.startsWith("/api/") ? 401 : 403;
      equal(answer.status(), expected, `${path} from ${host}`);
    }
    // Script that does not need to see the answer.
    await admin.goto(attacker.url(host));
    for (const path of ["/api/v1/users", "/api/v1/restart", "/admin/users/new"]) {
      await admin.evaluate(
        async (url) => {
          const body = JSON.stringify({ uri: "sip:evil@example.test", password: "of the attacker" });
          await fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body }).catch(() => null);
        },
        origin + path,
      );
    }
    // Nor does it see anything.
    const seen = await admin.evaluate(
      (url) => fetch(url, { credentials: "include" }).then(() => "seen", () => "refused"),
      `${origin}/api/v1/users`,
    );
    equal(seen, "refused");
  }
  equal(await users(), 1);
  equal((await stage.ada.get<{ admins: unknown[] }>("/admins")).admins.length, 1);
  await admin.goto(`${origin}/admin`);
  equal(await admin.locator("h1").innerText(), "Overview", "still logged in, and not restarted away");
  browser.complaints.splice(0);
});

browserTest("no page of the console or of users stands in a frame of another", async () => {
  const { origin, browser } = stage;
  await using attacker = new Attacker();
  const { link } = await stage.ada.post<{ link: string }>(stage.ada.user("sip:alice@example.test", "/invites"), {
    days: 1,
    max_uses: 1,
  });
  const admin = await stage.admin();
  for (const url of [`${origin}/admin`, `${origin}/admin/log-in`, `${origin}/account`, `${origin}/join`, link]) {
    attacker.html = `<iframe src="${url}" width="800" height="600"></iframe>`;
    await admin.goto(attacker.url("127.0.0.1"));
    const frame = admin.frames()[1];
    await frame.waitForLoadState();
    match(frame.url(), /^chrome-error:/, url);
  }
  // The browser says why, once for each.
  const said = browser.complaints.splice(0);
  ok(said.filter((one) => /frame-ancestors|X-Frame-Options/.test(one)).length >= 5, said.join("\n"));
});

browserTest("the session's cookie: not for scripts, of this host alone, over https as a __Host- cookie", async () => {
  for (
    const [origin, name, secure] of [[stage.origin, "parley", false], [
      stage.secureOrigin,
      "__Host-parley",
      true,
    ]] as const
  ) {
    const page = await stage.browser.person();
    await logIn(page, origin, "ada");
    const cookies = await page.context().cookies();
    const session = cookies.find((cookie) => cookie.name === name);
    deepEqual(
      [session?.httpOnly, session?.sameSite, session?.secure, session?.path, session?.domain, session?.expires],
      [true, "Strict", secure, "/", "127.0.0.1", -1],
      JSON.stringify(cookies.map(({ name }) => name)),
    );
    const readable = await page.evaluate<string>("document.cookie");
    ok(!readable.includes(session!.value) && !/__Host|parley=/.test(readable), readable);
    for (const cookie of cookies) ok(cookie.secure === secure || cookie.name === "parley_zone", cookie.name);
  }
  deepEqual(stage.browser.complaints, []);
});

browserTest("a session that somebody set before is not taken over, and one that ended is worth nothing", async () => {
  const { origin } = stage;
  const token = async (page: Page) =>
    (await page.context().cookies()).find(({ name }) => name === "parley")?.value ?? "";
  const page = await stage.browser.person();
  // The attacker's own session, and one made up: neither is what the admin has after log-in.
  const { ada } = stage;
  await ada.post("/admins", { name: "mallory", role: "auditor", password: ADMIN_PASSWORD });
  const mallory = await ada.logIn({ name: "mallory", password: ADMIN_PASSWORD });
  for (const planted of [mallory.token, "A".repeat(43)]) {
    await page.context().clearCookies();
    await page.context().addCookies([{ name: "parley", value: planted, url: origin }]);
    await page.goto(`${origin}/admin/log-in`);
    await page.locator('[name="name"]').fill("ada");
    await page.locator('[name="password"]').fill(ADMIN_PASSWORD);
    await press(page, "main form .button.primary");
    equal(await page.locator(".account-name").innerText(), "ada");
    notEqual(await token(page), planted);
    const answer = await ada.ask("GET", "/sessions/current", { token: planted });
    ok(answer.status === 401 || /"mallory"/.test(answer.text), "the planted one became the admin's");
  }
  // After logging out the old token leads nowhere, also where somebody kept it.
  const kept = await token(page);
  equal((await ada.ask("GET", "/sessions/current", { token: kept })).status, 200);
  await press(page, 'form[action="/admin/log-out"] button');
  equal(await token(page), "");
  (await ada.ask("GET", "/sessions/current", { token: kept })).refused(401);
  await page.context().addCookies([{ name: "parley", value: kept, url: origin }]);
  await page.goto(`${origin}/admin/users`);
  match(page.url(), /\/admin\/log-in\?to=/);
});
