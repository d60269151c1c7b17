/** First boot in the browser: from nothing to two people who write to each other. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { Linphone } from "../interop/linphone.ts";
import { TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/rest.ts";
import { lookAt } from "./support/looks.ts";
import { NewBox, sipDoors } from "./support/new_box.ts";
import { browserTest, logIn, press } from "./support/stage.ts";

const OWNER_PASSWORD = "four words that differ";
/** What leads to the next step. */
const NEXT = ".step-foot .button.primary";
const NAMES = ["Alice Liddell", "Bob Builder"];

browserTest(
  "from the set-up link to two users who exchange messages by clients set up from their invites alone [REG-3] [USE-2] [SEC-3]",
  async () => {
    await using box = await NewBox.start();
    await using browser = await TestBrowser.open();
    const admin = await browser.person();
    const faults: string[] = [];
    const shot = async (name: string) => {
      faults.push(...(await lookAt(browser, admin, `first-boot-${name}`)).map((fault) => `${name}: ${fault}`));
    };

    await begin(admin, box, shot);
    await network(admin, box, shot);
    await heading(admin, "Certificate");
    await shot("4-certificate");
    await press(admin, NEXT);
    await heading(admin, "Users");
    const users = await firstUsers(admin, shot);
    await recovery(admin, shot);
    await heading(admin, "The box is ready");
    await shot("7-summary");
    await press(admin, NEXT);
    await heading(admin, "Overview");

    const links: string[] = [];
    for (const { name } of users) links.push(await inviteOf(admin, box.origin, name));
    const clients = await Promise.all(links.map(async (link, at) => {
      // On the invited person's own machine: nothing of the admin's is known there.
      const invited = await browser.person({ width: 390 });
      await invited.goto(link);
      await heading(invited, `Welcome, ${users[at].name}`);
      await browser.shot(invited, `first-boot-invite-${at}`);
      return await Linphone.provisioned(await invited.locator("#linphone-url").innerText());
    }));
    const [alice, bob] = clients;
    try {
      await alice.send(users[1].uri, "Hello Bob, nothing was typed here");
      await bob.received(users[0].uri, "Hello Bob, nothing was typed here");
      await bob.send(users[0].uri, "nor here");
      await alice.received(users[1].uri, "nor here");

      await admin.goto(`${box.origin}/admin`);
      equal(await admin.locator("#figures .value").first().innerText(), "2 100% of all", "online now");
      await shot("8-two-online");
    } finally {
      await Promise.all(clients.map((client) => client.stop()));
    }
    await press(admin, 'form[action="/admin/log-out"] button');
    await heading(admin, "Log in");
    await admin.goto(`${box.origin}/admin/users`);
    await heading(admin, "Log in");
    await logIn(admin, box.origin, "ada", OWNER_PASSWORD);
    deepEqual([...faults, ...browser.complaints], []);
  },
  ["linphonec"],
);

type Shot = (name: string) => Promise<void>;

/** The link, language, and the owner. */
async function begin(admin: Page, box: NewBox, shot: Shot): Promise<void> {
  const link = await box.setUpLink();
  await admin.goto(link);
  equal(admin.url(), `${box.origin}/admin/set-up`, "the code has gone from the address");
  await heading(admin, "Welcome to Parley");
  await press(admin, 'main [name="locale"][value="de"]');
  await heading(admin, "Willkommen bei Parley");
  await press(admin, 'main [name="locale"][value="en"]');
  ok(await admin.locator('main a[href="/admin/set-up/restore"]').isVisible(), "a backup can be restored instead");
  await shot("1-start");
  await press(admin, 'main a[href="/admin/set-up?step=owner"]');
  await admin.locator('[name="name"]').fill("ada");
  await admin.locator('[name="display_name"]').fill("Ada");
  await admin.locator('[name="password"]').fill(OWNER_PASSWORD);
  await admin.locator('[name="again"]').fill(`${OWNER_PASSWORD}!`);
  await press(admin, "main form .button.primary");
  match(await admin.locator("#f-again-error").innerText(), /two passwords differ/);
  equal(await admin.locator('[name="name"]').inputValue(), "ada", "what was typed is still there");
  await shot("2-owner");
  await admin.locator('[name="password"]').fill(OWNER_PASSWORD);
  await admin.locator('[name="again"]').fill(OWNER_PASSWORD);
  await press(admin, "main form .button.primary");
}

/** Domain and doors, their test, and the confirmation behind the new doors. */
async function network(admin: Page, box: NewBox, shot: Shot): Promise<void> {
  await heading(admin, "Domain and network");
  await admin.locator('[name="domain"]').fill("example.test");
  if (!box.ownDoors) {
    await press(admin, NEXT);
    await heading(admin, "The box restarts");
    return await goneOver(admin, `${box.origin}/admin/set-up?step=certificate`);
  }
  const doors = sipDoors();
  await admin.locator('[name="_opening listen.sip"][value="own"]').check();
  await admin.locator('[name="listen.sip"]').fill(doors.join("\n"));
  await press(admin, '[name="do"][value="test-doors"]');
  const tested = await admin.locator("#test").innerText();
  for (const door of doors) match(tested, new RegExp(`${door.replaceAll(".", "\\.")}\\s+can be opened`));
  await shot("3-network");
  await press(admin, NEXT);
  await shot("3-network-applied");
  await goneOver(
    admin,
    (await admin.locator("main a.button.primary").getAttribute("href"))!,
  );
  await heading(admin, "Domain and network");
  await shot("3-network-confirm");
  await press(admin, 'form[action="/admin/candidate"] [value="confirm"]');
}

/** The box restarts: what is behind the link is there once the new settings are in force. */
async function goneOver(admin: Page, url: string): Promise<void> {
  await eventually(async () => {
    try {
      await admin.goto(url);
      return await admin.evaluate(async () => {
        const answer = await fetch("/api/v1/status");
        return answer.ok && (await answer.json()).restart_needed === false;
      });
    } catch (error) {
      // Between two lives of the box.
      if (/ERR_CONNECTION|ERR_EMPTY|interrupted|Failed to fetch|context was destroyed/.test(String(error))) {
        return false;
      }
      throw error;
    }
  }, `the restarted box at ${url}`);
}

interface Made {
  readonly name: string;
  readonly uri: string;
}

/** Two users from their names alone: ids and passwords are made. */
async function firstUsers(admin: Page, shot: Shot): Promise<Made[]> {
  await admin.locator('[name="names"]').fill(NAMES.join("\n"));
  await shot("5-users");
  await press(admin, NEXT);
  await heading(admin, "The first users");
  const text = (id: string) => admin.locator(`#${id}`).innerText();
  const made: Made[] = [];
  const passwords: string[] = [];
  for (const [at, name] of NAMES.entries()) {
    made.push({ name, uri: await text(`uri-${at}`) });
    passwords.push(await text(`pw-${at}`));
  }
  for (const { uri } of made) match(uri, /^sip:[a-z0-9.]+@example\.test$/);
  notEqual(made[0].uri, made[1].uri);
  for (const password of passwords) match(password, /^\S{10,}$/);
  notEqual(passwords[0], passwords[1]);
  await shot("5-users-made");
  await press(admin, NEXT);
  return made;
}

/** The sheet is made, and what is asked of it is typed; wrongly first. */
async function recovery(admin: Page, shot: Shot): Promise<void> {
  await heading(admin, "Recovery sheet and backup");
  await press(admin, '[name="do"][value="new"]');
  const groups = (await admin.locator(".key-groups li").allInnerTexts()).map((line) =>
    line.trim().split(/\s+/).at(-1)!
  );
  const asked = await admin.locator(".asked-groups input").all();
  ok(asked.length > 0 && asked.length < groups.length);
  for (const field of asked) await field.fill("WRONG");
  await press(admin, '[name="do"][value="confirm"]');
  for (const field of await admin.locator(".asked-groups input").all()) {
    const n = Number(/^group_(\d+)$/.exec((await field.getAttribute("name"))!)![1]);
    equal(await field.getAttribute("aria-invalid"), "true");
    await field.fill(groups[n - 1].toLowerCase());
  }
  await shot("6-sheet");
  await press(admin, '[name="do"][value="confirm"]');
  await heading(admin, "Recovery sheet and backup");
  match(await admin.locator("main").innerText(), /recovery sheet is confirmed/);
  await shot("6-recovery");
  await press(admin, '[name="do"][value="schedule"]');
}

/** Makes an invite on the user's page and gives its link. */
async function inviteOf(admin: Page, origin: string, name: string): Promise<string> {
  await admin.goto(`${origin}/admin/users`);
  await admin.locator("main table a", { hasText: name }).click();
  await heading(admin, name);
  await press(admin, 'form:has([name="do"][value="invite"]) button.primary');
  return await admin.locator("#invite-link").innerText();
}

async function heading(page: Page, text: string): Promise<void> {
  await page.locator("h1", { hasText: text }).waitFor();
}
