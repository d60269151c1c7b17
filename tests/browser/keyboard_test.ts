/** The main tasks with a keyboard alone: no mouse, no touch, and the focus to be seen at each step. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ADMIN_PASSWORD, eventually } from "../support/rest.ts";
import { Keyboard } from "./support/keyboard.ts";
import { browserTest, Stage } from "./support/stage.ts";

browserTest(
  "log in, find a user, invite, suspend, change a setting, confirm a risky one, log out: by keyboard",
  async () => {
    await using stage = await Stage.open(["alice", "bob", "carol"]);
    const { browser, ada, origin } = stage;
    const page = await browser.person();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const keys = new Keyboard(page);
    const alice = ada.user("sip:alice@example.test");
    const heading = () => page.locator("h1").innerText();

    // Log in. The name's field has the focus by itself.
    await page.goto(`${origin}/admin/log-in`);
    await page.keyboard.type("ada");
    await keys.toField("password");
    await keys.type(ADMIN_PASSWORD);
    await keys.go();
    equal(await heading(), "Overview");

    // The first stop of every page leads past the navigation.
    const skip = await keys.tab();
    match(skip.text, /^Skip to/);
    await page.keyboard.press("Enter");
    const first = await keys.tab();
    ok(await page.evaluate('document.activeElement.closest("main") !== null'), `${first.tag} "${first.text}"`);

    // A user, by the search.
    await page.goto(`${origin}/admin`);
    await keys.toText("Users", "a");
    await keys.go();
    await keys.toField("search");
    await keys.type("alic");
    await keys.go();
    equal(await page.locator("main tbody tr").count(), 1);
    await keys.toText("sip:alice@example.test", "a");
    await keys.go();
    equal(await heading(), "sip:alice@example.test");

    // An invite, its link copied.
    await keys.toField("days");
    await keys.type("3");
    await keys.toText("Make an invite");
    await keys.go();
    match(await heading(), /^Invite for/);
    await keys.toText(/^Copy/, "button");
    await keys.press("Space");
    const copied = await eventually(
      () => page.evaluate<string>("navigator.clipboard.readText()"),
      "the link is copied",
    );
    equal(copied, await page.locator("#invite-link").innerText());
    match(copied, /\/join\/[\w-]{20,}$/);

    // Suspended, after being asked.
    await keys.page.keyboard.press("Shift+Tab");
    await page.goto(`${origin}/admin/users/${encodeURIComponent("sip:alice@example.test")}`);
    await keys.toText("Suspend", "summary");
    await keys.press("Enter");
    await keys.toText("Suspend this user", "button");
    equal((await ada.get<{ state: string }>(alice)).state, "active", "nothing has been done so far");
    await keys.go("Space");
    equal((await ada.get<{ state: string }>(alice)).state, "suspended");
    match(await page.locator("main").innerText(), /is suspended/);

    // A setting, found by its words, looked at again before it is made.
    await keys.toText("All settings", "a");
    await keys.go();
    await keys.toField("q");
    await keys.type("quota mess");
    await keys.go();
    await keys.toField("deferred.quota_messages");
    await keys.type("777");
    await keys.go();
    equal(await heading(), "Review changes");
    await keys.toText("Apply", "button");
    await keys.go();
    const { settings } = await ada.get<{ settings: { key: string; value: unknown }[] }>("/settings");
    equal(settings.find(({ key }) => key === "deferred.quota_messages")?.value, 777);

    // A risky one on the network page: applied, the box restarts, and it is confirmed.
    await keys.toText("Network", "a");
    await keys.go();
    await keys.toField("tls.client_certificates");
    await keys.press("ArrowDown");
    await keys.toText("Review changes", "button");
    await keys.go();
    await keys.toText("Apply", "button");
    await stage.restarts(() => keys.go());
    await keys.toText(/^Open http/, "a");
    await keys.go();
    await keys.toText("Confirm", "button");
    await keys.go();
    match(await page.locator("main").innerText(), /Confirmed: the change stays/);
    equal((await ada.get<{ candidate: unknown }>("/settings/candidate")).candidate, null);

    await keys.toText("Log out", "button");
    await keys.go();
    equal(await heading(), "Log in");
    deepEqual([...keys.faults, ...browser.complaints], []);
  },
);
