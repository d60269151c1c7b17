/** With JavaScript off: what an admin must be able to do is done by forms and links alone. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { browserTest, press, Stage } from "./support/stage.ts";

interface User {
  readonly display_name: string;
  readonly note: string;
  readonly quota: { messages: number; octets: number } | null;
}
interface Backup {
  readonly name: string;
  readonly tested: { readonly ok: boolean } | null;
}

browserTest(
  "without script: log in, look, add and edit a user, back up, test it, restore, change a setting",
  async () => {
    await using stage = await Stage.open(["alice"]);
    const { browser, ada, origin } = stage;
    const page = await stage.admin("ada", { script: false });
    const heading = () => page.locator("h1").innerText();
    const text = () => page.locator("main").innerText();

    equal(await heading(), "Overview");
    match(await page.locator("#figures").innerText(), /Users\s+1\b/);
    equal(await page.locator(".needs-script:visible").count(), 0, "no button that would do nothing");

    // A wrong user: what was typed stays, what is wrong stands beside it. Then a right one.
    await page.goto(`${origin}/admin/users`);
    await press(page, 'main a[href="/admin/users/new"]');
    await page.locator('[name="display_name"]').fill("Grace Hopper");
    await page.locator('[name="e164"]').fill("five");
    await press(page, 'form[action="/admin/users/new"] .button.primary');
    match(await page.locator("#f-e164-error").innerText(), /five/);
    equal(await page.locator('[name="display_name"]').inputValue(), "Grace Hopper");
    await page.locator('[name="e164"]').fill("+15550123");
    await press(page, 'form[action="/admin/users/new"] .button.primary');
    equal(await heading(), "The user is there");
    const uri = await page.locator("#made-address").innerText();
    await press(page, `main a[href="/admin/users/${encodeURIComponent(uri)}"]`);
    await page.locator('[name="note"]').fill("<b>not bold</b>");
    await page.locator('[name="quota_messages"]').fill("5");
    await page.locator('[name="quota_octets"]').fill("5000");
    await press(page, "#edit .button.primary");
    const { display_name, note, quota } = await ada.get<User>(ada.user(uri));
    deepEqual({ display_name, note, quota }, {
      display_name: "Grace Hopper",
      note: "<b>not bold</b>",
      quota: { messages: 5, octets: 5000 },
    });
    // What asks before it acts opens without script.
    await page.locator("#access summary", { hasText: "Suspend" }).click();
    await press(page, '#access form:has([value="suspend"]) button');
    match(await text(), /is suspended/);

    // A backup, tested; and the way to restore one.
    await page.goto(`${origin}/admin/backups`);
    await press(page, '[name="do"][value="make"]');
    const [made] = (await ada.get<{ backups: Backup[] }>("/backups")).backups;
    equal(made.tested, null);
    match(await text(), new RegExp(made.name.replaceAll(".", "\\.")));
    await press(page, '[name="do"][value="test"]');
    equal((await ada.get<{ backups: Backup[] }>("/backups")).backups[0].tested?.ok, true);
    await press(page, 'main a[href="/admin/backups/restore"]');
    ok(await page.locator('input[type="file"]').isVisible());
    await page.locator('[name="recovery_key"]').fill("WRONG-KEY");
    await page.locator('[name="word"]').fill("example.test");
    await page.locator('input[type="file"]').setInputFiles({
      name: "none.parley",
      mimeType: "application/octet-stream",
      buffer: Buffer.from("no backup at all"),
    });
    await press(page, 'form:has([type="file"]) button.primary');
    match(await text(), /no backup|not a backup|cannot be read|key/i);
    equal((await ada.get<{ users: number }>("/status")).users, 2, "nothing was touched");

    // A setting, found by words.
    await page.goto(`${origin}/admin/settings`);
    await page.locator('[name="q"]').fill("quota messages");
    await press(page, "main form[role=search] button");
    await page.locator('[name="deferred.quota_messages"]').fill("321");
    await press(page, '.save-bar [name="do"][value="review"]');
    equal(await heading(), "Review changes");
    await press(page, '[name="do"][value="apply"]');
    const { settings } = await ada.get<{ settings: { key: string; value: unknown }[] }>("/settings");
    equal(settings.find(({ key }) => key === "deferred.quota_messages")?.value, 321);

    await press(page, 'form[action="/admin/log-out"] button');
    equal(await heading(), "Log in");
    deepEqual(browser.complaints, []);
  },
);
