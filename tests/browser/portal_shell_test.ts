/** The portal's page in Chromium, as far as the box makes it: its policy, its service worker, opening without the box. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { hasBrowser, TestBrowser } from "../support/browser.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { originOf } from "../support/rest.ts";

const options = { sanitizeOps: false, sanitizeResources: false, ignore: !hasBrowser() };

/** The page is there, and its script has put something in the place of the shell's own words. */
async function drawn(page: Page): Promise<void> {
  await page.waitForSelector("#portal > :not(.starting)");
}

Deno.test("the page opens after signing in, and again without the box; it keeps to its policy", options, async () => {
  await using parley = await ParleyProcess.start({ users: users("alice") });
  await using browser = await TestBrowser.open();
  const page = await browser.person();
  await page.goto(`${originOf(parley)}/portal`);
  deepEqual(await browser.breaches(page), []);
  await page.getByLabel("SIP address").fill("alice");
  await page.getByRole("textbox", { name: "Password" }).fill(passwordOf("alice"));
  await page.getByLabel("Stay signed in").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await drawn(page);
  const scope = await page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.scope)");
  equal(scope, `${originOf(parley)}/portal`);

  const kept = await page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) urls.push(new URL(url).pathname);
    }
    return urls;
  });
  ok(kept.includes("/portal/shell"), kept.join());
  ok(kept.every((path) => /^\/portal\/(?:shell$|manifest\.webmanifest$|assets\/)/.test(path)), kept.join());

  await parley.stop();
  await page.reload();
  await drawn(page);
  match(await page.title(), /Parley/);

  await parley.run();
  await page.goto(`${originOf(parley)}/portal`);
  await drawn(page);
  deepEqual(browser.complaints, []);
});

Deno.test("without script the page says so, and leads to the account", options, async () => {
  await using parley = await ParleyProcess.start({ users: users("alice") });
  await using browser = await TestBrowser.open();
  const page = await browser.person({ script: false });
  await page.goto(`${originOf(parley)}/portal`);
  await page.getByLabel("SIP address").fill("alice");
  await page.getByRole("textbox", { name: "Password" }).fill(passwordOf("alice"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "My account" }).click();
  await page.waitForURL(/\/account$/);
  match(await page.innerText("main"), /sip:alice@example\.test/);
  deepEqual(browser.complaints, []);
});
