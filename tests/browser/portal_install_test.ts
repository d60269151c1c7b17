/** The users' page as an installed one, and what becomes of it when the box is updated under it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { PORTAL_BUILD } from "../../roles/portal/portal_files.ts";
import { PlainBrowser, signInAt } from "./support/plain_browser.ts";
import { holdsIn, PortalPage } from "./support/portal_page.ts";
import { aor, named } from "./support/portal_people.ts";
import { buildAnother, RenewedBox } from "./support/renewed_box.ts";
import { browserTest, Stage } from "./support/stage.ts";

browserTest("the browser finds nothing that keeps the page from being installed", async () => {
  await using stage = await Stage.open(named("alice"));
  await using browser = await PlainBrowser.open();
  const tab = await browser.tab();
  await tab.send("Page.enable");
  await signInAt(tab, stage.origin, "alice");
  const { url, errors, data } = await tab.send("Page.getAppManifest") as {
    url: string;
    errors: unknown[];
    data: string;
  };
  deepEqual(errors, []);
  equal(url, `${stage.origin}/portal/manifest.webmanifest`);
  equal(JSON.parse(data).display, "standalone");
  const { installabilityErrors } = await tab.send("Page.getInstallabilityErrors");
  deepEqual(installabilityErrors, []);
});

browserTest(
  "an update of the box is offered to pages that are open, and taken when the user says so; what is typed stays",
  async () => {
    const dir = await Deno.makeTempDir({ prefix: "parley-renewed-" });
    await using stage = await Stage.open(named("alice", "bob"));
    await using front = new RenewedBox(stage.origin);
    try {
      const another = await buildAnother(dir);
      ok(another.version !== PORTAL_BUILD.version);
      const alice = await PortalPage.signIn(stage.browser, front.origin, "alice", { keeps: true });
      const { page } = alice, offer = page.locator(".update-offer");
      await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
      await holdsIn(page, "navigator.serviceWorker.controller !== null");
      await alice.begin(["bob"]);
      await alice.write("Before the update");
      await alice.holds([], ["Before the update"]);
      await page.locator(".composer textarea").pressSequentially("Half a thou");
      await page.evaluate("globalThis.sameLife = true");
      equal(await offer.count(), 0, "the first worker is no update");

      front.renew(PORTAL_BUILD, another);
      await offer.getByText("There is a newer version of this page.").waitFor();
      await stage.browser.shot(page, "portal-update-offer");
      deepEqual(await stage.browser.breaches(page), []);
      // Nothing is taken out of the user's hands.
      equal(await page.evaluate("globalThis.sameLife === true && globalThis.renewed !== true"), true);
      await alice.online();
      await page.locator(".composer textarea").pressSequentially("ght");
      await offer.getByRole("button", { name: "Load it now" }).click();
      await holdsIn(page, "globalThis.renewed === true && globalThis.sameLife !== true");
      await alice.online();
      equal(new URL(page.url()).hash, `#/with/${encodeURIComponent(aor("bob"))}`);
      equal(await page.locator(".composer textarea").inputValue(), "Half a thought");
      equal(await offer.count(), 0);
      await page.locator(".composer textarea").press("Enter");
      await alice.holds([], ["Before the update", "Half a thought"]);
      deepEqual(stage.browser.complaints, []);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);
