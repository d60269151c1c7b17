/** The users' page against a box, in Chromium: how soon it can be used on a slow phone, and that it can be used without mouse and without eyes. */
import { deepEqual, equal, fail, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ConversationModel, PortalModel } from "../../portal/model/mod.ts";
import { openPortalUser, seen } from "../../portal/testing/portal_user.ts";
import { PORTAL_BUILD } from "../../roles/portal/portal_files.ts";
import { SCRIPT_BUDGET, SCRIPT_TOTAL, scriptSizes } from "../../tools/portal_build.mjs";
import { TestBrowser } from "../support/browser.ts";
import { ParleyProcess, passwordOf } from "../support/parley.ts";
import { originOf } from "../support/rest.ts";
import { Keyboard } from "./support/keyboard.ts";
import { browserTest } from "./support/stage.ts";

const BOB = "sip:bob@example.test", WITH_BOB = `#/with/${encodeURIComponent(BOB)}`;
/** Far more than it takes: the machine of the test may be busy with others. */
const MOST_MS = 15_000;
/** A phone of the middle, on the network of the house. */
const PHONE = { slower: 4, down: 10e6 / 8, up: 5e6 / 8, latency_ms: 20 };

/** When what one uses has been drawn, and when the service is reached: kept as marks of the page. */
const MARKS = `
const marks = {
  usable: () => document.querySelector(".talks input[type=search]") && document.querySelector(".composer-field textarea:enabled"),
  online: () => document.querySelector(".connection.online"),
};
const look = () => {
  for (const [name, there] of Object.entries(marks)) {
    if (!there()) continue;
    delete marks[name];
    // Drawn, and the script has come to rest.
    requestAnimationFrame(() => setTimeout(() => performance.mark(name)));
  }
};
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
`;

/** A box with alice, bob and carol. */
class Service implements AsyncDisposable {
  readonly box: ParleyProcess;
  readonly browser: TestBrowser;
  readonly origin: string;
  readonly #others: { close(): Promise<void> }[] = [];

  private constructor(box: ParleyProcess, browser: TestBrowser) {
    [this.box, this.browser, this.origin] = [box, browser, originOf(box)];
  }

  static async open(): Promise<Service> {
    const users = [["alice", "Alice Liddell"], ["bob", "Bob Ross"], ["carol", "Carol Danvers"]].map((
      [name, displayName],
    ) => ({ name, displayName, password: passwordOf(name) }));
    const box = await ParleyProcess.start({ users });
    try {
      return new Service(box, await TestBrowser.open());
    } catch (error) {
      await box[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Bob, with a page's engine and no page. */
  async bob(): Promise<PortalModel> {
    const bob = await openPortalUser({
      origin: this.origin,
      uri: BOB,
      password: passwordOf("bob"),
      displayName: "Bob Ross",
    });
    this.#others.push(bob);
    return bob;
  }

  /** Alice's page, signed in and online. */
  async alice(): Promise<Page> {
    const page = await this.browser.person();
    await page.goto(`${this.origin}/portal`);
    await page.locator('[name="uri"]').fill("alice");
    await page.locator('[name="password"]').fill(passwordOf("alice"));
    await page.locator('[name="password"]').press("Enter");
    await online(page);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const other of this.#others) await other.close();
    await this.browser[Symbol.asyncDispose]();
    await this.box[Symbol.asyncDispose]();
  }
}

const online = (page: Page) => page.locator(".connection.online").waitFor({ state: "attached" });

/** Makes the page's machine and its network those of a phone. */
async function slowDown(page: Page): Promise<void> {
  const debug = await page.context().newCDPSession(page);
  await debug.send("Emulation.setCPUThrottlingRate", { rate: PHONE.slower });
  await debug.send("Network.enable");
  await debug.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: PHONE.latency_ms,
    downloadThroughput: PHONE.down,
    uploadThroughput: PHONE.up,
  });
}

/** Milliseconds from the beginning of the load; Infinity where it takes too long. */
function marked(page: Page, name: string): Promise<number> {
  return page.evaluate(
    ({ name, most_ms }) =>
      new Promise<number>((resolve) => {
        const look = () => {
          const [mark] = performance.getEntriesByName(name);
          if (mark === undefined && performance.now() < most_ms) setTimeout(look, 20);
          else resolve(mark?.startTime ?? Infinity);
        };
        look();
      }),
    { name, most_ms: MOST_MS },
  );
}

/** F6 goes from region to region. */
async function toRegion(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 5; step++) {
    await page.keyboard.press("F6");
    if (await page.locator(`[data-region=${name}]:focus-within`).count() > 0) return;
  }
  fail(`F6 does not lead to the region "${name}"`);
}

/** Their engine has it. */
function heard({ messages }: ConversationModel, text: string): Promise<void> {
  return seen(() => messages.value.some(({ part }) => part.kind === "text" && part.text === text), messages, text);
}

browserTest("the page can be used soon on a slow phone, by a script within its budget", async () => {
  await using service = await Service.open();
  const signedIn = await service.alice();
  const cookies = await signedIn.context().cookies();
  await signedIn.context().close();

  // Nothing of the page is kept by this browser.
  const page = await service.browser.person({ width: 800 });
  await page.context().addCookies(cookies);
  await page.addInitScript(MARKS);
  await slowDown(page);
  const times: string[] = [];
  for (const how of ["first", "again"]) {
    if (how === "first") await page.goto(`${service.origin}/portal${WITH_BOB}`);
    else await page.reload();
    const [usable_ms, online_ms] = [await marked(page, "usable"), await marked(page, "online")];
    times.push(`${how}: interactive after ${usable_ms.toFixed(0)} ms, online after ${online_ms.toFixed(0)} ms`);
    ok(usable_ms < MOST_MS && online_ms < MOST_MS, times.join("; "));
    const field = page.locator(".composer-field textarea");
    await field.focus();
    await page.keyboard.type("x");
    match(await field.inputValue(), /x$/);
  }
  const { initial, total } = scriptSizes(PORTAL_BUILD);
  const kB = (octets: number) => `${(octets / 1000).toFixed(1)} kB gz`;
  console.log(
    `portal: script at once ${kB(initial)}, in all ${kB(total)}; ${times.join("; ")} ` +
      `(processor ${PHONE.slower} times slower, 10 Mbit/s, ${PHONE.latency_ms} ms)`,
  );
  ok(initial <= SCRIPT_BUDGET && SCRIPT_BUDGET <= 120_000, `${initial} octets`);
  ok(total <= SCRIPT_TOTAL, `${total} octets in all`);
  deepEqual(service.browser.complaints, []);
});

browserTest("the pages of somebody signed in break no rule of WCAG 2.2 AA, colours left aside", async () => {
  await using service = await Service.open();
  const bob = await service.bob();
  bob.conversations.open("sip:alice@example.test")!.send("Good morning");
  const page = await service.alice();
  await page.locator("a.talk").waitFor();
  const found: string[] = [];
  const places = [
    ["#/", "a.talk"],
    [WITH_BOB, ".message"],
    ["#/people", ".people-page h1"],
    ["#/settings/profile", ".settings-page h1"],
  ];
  for (const [place, there] of places) {
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await page.locator(there).first().waitFor();
    found.push(...(await service.browser.breaches(page, "structure")).map((text) => `${place} ${text}`));
  }
  deepEqual([...found, ...service.browser.complaints], []);
});

browserTest(
  "sign in, read, answer, add a contact and come back, by keyboard; a screen reader is told of it",
  async () => {
    await using service = await Service.open();
    const bob = await service.bob();
    const withAlice = bob.conversations.open("sip:alice@example.test")!;
    withAlice.send("Good morning");
    const page = await service.browser.person();
    const keys = new Keyboard(page);

    await page.goto(`${service.origin}/portal`);
    await keys.toField("uri");
    await page.keyboard.type("alice");
    await keys.toField("password");
    await page.keyboard.type(passwordOf("alice"));
    await page.keyboard.press("Enter");
    await online(page);

    // Bob's conversation is in the list, and the composer has the focus when it is open.
    await page.locator("a.talk").waitFor();
    await keys.toText(/bob/i, "a");
    await page.keyboard.press("Enter");
    await page.locator(".composer-field textarea:focus").waitFor();
    await page.locator(".message").first().waitFor();
    await page.keyboard.type("Good morning, Bob");
    await page.keyboard.press("Enter");
    await heard(withAlice, "Good morning, Bob");

    // What comes now is told: who, then what.
    withAlice.send("How are you?");
    const told = page.locator("[aria-live=polite] p", { hasText: "How are you?" });
    await told.waitFor({ state: "attached" });
    match(await told.innerText(), /^bob[^:]*: How are you\?\. \d/i);
    const tree = await page.locator("main").ariaSnapshot();
    match(tree, /- log "Messages"/);
    match(tree, /- paragraph: "?bob[^:\n]*: How are you\?/i);
    match(tree, /- textbox "Message to bob/i);

    await toRegion(page, "pages");
    await keys.toText(/^People/, "a");
    await page.keyboard.press("Enter");
    await page.locator(".people-page h1").waitFor();
    await keys.toText(/^Add somebody$/);
    await page.keyboard.press("Enter");
    await page.locator("dialog[open] input[type=search]:focus").waitFor();
    await page.keyboard.type("carol");
    await page.locator("dialog[open] button", { hasText: /^Add .*carol/i }).waitFor();
    await keys.toText(/^Add .*carol/i, "button");
    await page.keyboard.press("Enter");
    await page.locator("dialog[open]").getByLabel("Name shown to you").waitFor();
    await keys.toText(/^Add$/, "button");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.locator(".contacts .contact, .contact").filter({ hasText: /carol/i }).first().waitFor();

    // The region is entered at the place where one is; the one before it is where one came from.
    await toRegion(page, "pages");
    await page.keyboard.press("Shift+Tab");
    await page.locator("[data-region=pages] a:focus", { hasText: "Chats" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("a.talk").waitFor();
    equal(await page.locator("a.talk").count(), 1);
    deepEqual([...keys.faults, ...service.browser.complaints], []);
  },
);
