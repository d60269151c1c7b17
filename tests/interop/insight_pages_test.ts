import assert from "node:assert/strict";
import { type DevServer, openDevServer } from "../../roles/admin/testing/dev_server.ts";
import { PASSWORD } from "../../roles/admin/testing/fake_services.ts";
import { hasBrowser, TestBrowser, type View } from "../support/browser.ts";

const PAGES = [
  "/admin/admins",
  "/admin/admins/operator",
  "/admin/me",
  "/admin/tokens",
  "/admin/audit?verify=yes",
  "/admin/logs?level=debug",
  "/admin/flow",
  "/admin/flow/call-1%40example.test",
  "/admin/support",
  "/admin/messages",
  "/admin/api",
  "/admin/api?chapter=users#get_users",
  "/admin/api?chapter=schemas#schema-User",
];
const VIEWS: readonly View[] = [
  { width: 1280, scheme: "light", locale: "en" },
  { width: 360, scheme: "dark", locale: "de" },
  { width: 1280, scheme: "dark", script: false },
];

async function owner(browser: TestBrowser, server: DevServer, view: View) {
  const page = await browser.person(view);
  await page.goto(`${server.url}/admin/log-in`);
  await page.fill('[name="name"]', "owner");
  await page.fill('[name="password"]', PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/admin$/);
  return page;
}

async function withConsole(work: (browser: TestBrowser, server: DevServer) => Promise<void>): Promise<void> {
  if (!hasBrowser()) return;
  const server = await openDevServer(0);
  const browser = await TestBrowser.open();
  try {
    await work(browser, server);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser[Symbol.asyncDispose]();
    await server.close();
  }
}

Deno.test({
  name:
    "pages of admins, tokens, audit, logs, flow, support, messages and API: no breach of WCAG 2.2, none wider than its screen",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withConsole(async (browser, server) => {
      const breaches: string[] = [];
      for (const view of VIEWS) {
        const page = await owner(browser, server, view);
        for (const path of PAGES) {
          assert.equal((await page.goto(server.url + path))?.status() ?? 200, 200, path);
          // Without script axe cannot look either; the page has to be there all the same.
          if (view.script === false) continue;
          const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          if (wide > 0) breaches.push(`${path} at ${view.width}: ${wide} px too wide`);
          breaches.push(...await browser.breaches(page));
        }
      }
      assert.deepEqual(breaches, []);
    }),
});

Deno.test({
  name: "the log is followed and paused; a bundle is taken twice; characters are counted",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withConsole(async (browser, server) => {
      const page = await owner(browser, server, {});
      await page.goto(`${server.url}/admin/logs`);
      const rows = page.locator("#log > li");
      const before = await rows.count();
      await page.click("button[data-follow]");
      await page.locator("[data-said]", { hasText: "Following" }).waitFor();
      server.world.logs.write("error", "sip", "<b>new</b>", { why: "a b" });
      await rows.nth(before).waitFor();
      assert.match(await rows.last().textContent() ?? "", /Errorsip<b>new<\/b>why="a b"$/);
      await page.click("button[data-follow]");
      server.world.logs.write("error", "sip", "unheard");
      assert.equal(await page.textContent("[data-said]"), "Paused.");
      assert.equal(await rows.count(), before + 1);

      await page.goto(`${server.url}/admin/support`);
      for (let i = 0; i < 2; i++) {
        const [file] = await Promise.all([page.waitForEvent("download"), page.click("text=Download as zip")]);
        assert.equal(file.suggestedFilename(), "parley-support.zip");
      }
      await page.goto(`${server.url}/admin/messages`);
      await page.fill("textarea", "12345");
      assert.equal(await page.textContent("output[data-counts]"), "1,995 left");
    }),
});
