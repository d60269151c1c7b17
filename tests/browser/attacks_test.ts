/** Script that somebody stores or sends along never runs, and is shown as the text it is. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Child } from "../support/process.ts";
import { ADMIN_PASSWORD } from "../support/rest.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { EVIL, EVIL_NAME, EVIL_WORD, Watch } from "./support/evil.ts";
import { inPage } from "./support/in_page.ts";
import { signUp } from "./support/sign_up.ts";
import { browserTest, press, Stage } from "./support/stage.ts";

let stage: Stage;

Deno.test.afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const ALICE = "sip:alice@example.test";

/** Puts it wherever it is kept. Gives the pages that show it. */
async function store(): Promise<Record<string, string>> {
  const { ada, box, origin } = stage;
  await ada.settings({ "signup.open": true, "signup.approval": true });
  await ada.patch(ada.user(ALICE), { display_name: EVIL, note: EVIL });
  await ada.post("/admins", { name: "mallory", role: "auditor", display_name: EVIL, password: ADMIN_PASSWORD });
  await ada.post("/tokens", { name: EVIL, role: "metrics", days: 5 });
  await ada.post("/system-messages", { to: ALICE, text: EVIL });
  await ada.post("/certificates/authority", { name: EVIL_NAME });
  await ada.post("/certificates/requests", { names: ["im.example.test"], organisation: EVIL_NAME });
  await certificateOf(EVIL_NAME);
  await signUp(origin, { display_name: EVIL, name: "eve" });
  // Names of who fails to log in, and of their browser, come to the audit log and to the sessions.
  await ada.ask("POST", "/sessions", { body: { name: EVIL.slice(0, 64), password: "x" }, token: "" });
  await ada.ask("POST", "/sessions", {
    body: { name: "mallory", password: ADMIN_PASSWORD },
    token: "",
    headers: { "user-agent": EVIL },
  });

  const alice = await SipClient.open({ user: "alice", domain: box.domain, port: box.port });
  const registered = await alice.request({
    method: "REGISTER",
    uri: `sip:${box.domain}`,
    to: `<${alice.aor}>`,
    from: `"${EVIL.replaceAll('"', "'")}" <${alice.aor}>`,
    headers: [`Contact: ${alice.contact}`, `User-Agent: ${EVIL}`, "Expires: 600"],
  });
  equal(statusOf(registered), 200, registered.raw);
  const sent = await alice.request({
    method: "MESSAGE",
    uri: alice.aor,
    callId: EVIL_WORD,
    from: `"${EVIL.replaceAll('"', "'")}" <${alice.aor}>`,
    headers: ["Content-Type: text/plain", `Subject: ${EVIL}`, `User-Agent: ${EVIL}`],
    body: EVIL,
  });
  ok(statusOf(sent) < 300, sent.raw);
  alice.close();
  return {
    "/admin/users": EVIL,
    [`/admin/users/${encodeURIComponent(ALICE)}`]: EVIL,
    "/admin/sign-ups": EVIL,
    "/admin/messages": EVIL,
    "/admin/certificates": EVIL_NAME,
    "/admin/admins": EVIL,
    "/admin/admins/mallory": EVIL,
    "/admin/tokens": EVIL,
    "/admin/audit": EVIL.slice(0, 20),
    "/admin/logs?level=debug": "",
    "/admin/flow": EVIL_WORD,
    [`/admin/flow/${encodeURIComponent(EVIL_WORD)}`]: "<script>",
    "/admin/support": "",
    "/admin/settings/history": "",
    "/admin": "",
  };
}

/** One for a name that is script, put on the box. */
async function certificateOf(name: string): Promise<void> {
  const { box, ada } = stage;
  const file = `${box.dir}/evil`;
  const child = new Child("openssl", "openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"],
      ...["-subj", `/CN=${name.replaceAll("/", "\\/").slice(0, 60)}`, "-keyout", `${file}.key`, "-out", `${file}.pem`],
    ],
  });
  equal((await child.finished(20_000)).code, 0, child.output);
  const [certificate, key] = [await Deno.readTextFile(`${file}.pem`), await Deno.readTextFile(`${file}.key`)];
  await ada.post("/certificates", { certificate, key });
}

browserTest(
  "stored script is text on every page that shows it: names, notes, messages, certificates, SIP headers",
  async () => {
    stage = await Stage.open(["alice"]);
    const shown = await store();
    const watch = new Watch(await stage.admin());
    for (const [path, text] of Object.entries(shown)) {
      const status = await watch.open(stage.origin + path);
      equal(status, 200, path);
      ok((await watch.text()).includes(text), `${path} does not show it: ${(await watch.text()).slice(0, 3000)}`);
      // What is folded shows as much when it is opened.
      for (const summary of await watch.page.locator("main summary:visible").all()) await summary.click();
      await watch.look();
    }
    // The user's own page, and the page of an invite.
    const { link } = await stage.ada.post<{ link: string }>(stage.ada.user(ALICE, "/invites"), {
      days: 1,
      max_uses: 1,
    });
    const stranger = new Watch(await stage.browser.person());
    equal(await stranger.open(link), 200);
    ok((await stranger.text()).includes(EVIL));
    await stranger.open(`${stage.origin}/account`);
    await stranger.page.locator('[name="uri"]').fill(ALICE);
    await stranger.page.locator('[name="password"]').fill("pw-alice");
    await press(stranger.page, "main .button.primary");
    ok((await stranger.text()).includes(EVIL));
    await stranger.look();
    deepEqual([...watch.ran, ...stranger.ran, ...stage.browser.complaints], []);
  },
);

browserTest("reflected script in addresses is text, and no address leads to another host", async () => {
  const { origin, browser } = stage;
  const evil = encodeURIComponent(EVIL);
  const watch = new Watch(await stage.admin());
  const queries = ["users?search", "users?state", "users?after", "users?columns", "settings?q", "settings?area"]
    .concat(["logs?search", "logs?level", "logs?component", "audit?event", "audit?actor", "audit?before"])
    .concat(["flow?search", "messages?to", "set-up?step", "log-in?to"]);
  const paths = [`users/${evil}`, `flow/${evil}`, `admins/${evil}`, `backups/restore/${evil}`, evil, `set-up/${evil}`];
  for (const path of [...queries.map((one) => `${one}=${evil}`), ...paths, `?range=${evil}`]) {
    const status = await watch.open(`${origin}/admin${path.startsWith("?") ? "" : "/"}${path}`);
    ok(status < 500, `${path}: ${status}`);
  }
  for (const path of [`join/${evil}`, `join?name=${evil}`, `account?to=${evil}`, `account/${evil}`]) {
    ok(await watch.open(`${origin}/${path}`) < 500, path);
  }
  const stranger = await browser.person();
  for (const to of ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(9)"]) {
    await stranger.goto(`${origin}/admin/log-in?to=${encodeURIComponent(to)}`);
    await stranger.locator('[name="name"]').fill("mallory");
    await stranger.locator('[name="password"]').fill(ADMIN_PASSWORD);
    await press(stranger, "main form .button.primary");
    equal(stranger.url(), `${origin}/admin`, to);
    await stranger.context().clearCookies();
  }
  deepEqual([...watch.ran, ...browser.complaints], []);
});

browserTest("script typed into every field of every form comes back as text", async () => {
  const { origin, browser } = stage;
  const admin = new Watch(await stage.admin());
  const stranger = new Watch(await browser.person());
  const { settings } = await stage.ada.get<{ settings: { area: string }[] }>("/settings");
  const areas = [...new Set(settings.map(({ area }) => area))].map((area) => `settings?area=${area}`);
  const own = ["users", "users/new", "users/import", `users/${encodeURIComponent(ALICE)}`, "messages", "policy"]
    .concat(["network", "certificates", "backups", "backups/restore", "recovery", "admins", "admins/mallory"])
    .concat(["tokens", "audit", "logs", "flow", "support", "me", ...areas]);
  const { link } = await stage.ada.post<{ link: string }>(stage.ada.user(ALICE, "/invites"), { days: 1, max_uses: 9 });
  const visits: [Watch, string][] = [
    ...own.map((path): [Watch, string] => [admin, `${origin}/admin/${path}`]),
    ...[`${origin}/join`, link, `${origin}/account`, `${origin}/admin/log-in`].map((
      url,
    ): [Watch, string] => [stranger, url]),
  ];
  let sent = 0;
  for (const [watch, url] of visits) {
    await watch.open(url);
    const forms = await inPage(watch.page, "forms");
    for (let at = 0; at < forms; at++) {
      if (at > 0) await watch.open(url);
      const answered = watch.page.waitForEvent("domcontentloaded");
      await Promise.all([answered, inPage(watch.page, "attack", { at, text: EVIL })]);
      await watch.look();
      sent++;
    }
  }
  ok(sent > 40, `${sent} forms`);
  deepEqual([...admin.ran, ...stranger.ran, ...browser.complaints], []);
});
