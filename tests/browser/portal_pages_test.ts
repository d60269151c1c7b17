/** The portal's pages beside the conversations, on a stage with demo data: everything by keyboard, as screen readers see it, and by looks. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { openPortalStage, type PortalStage } from "../../portal/view/testing/stage_server.ts";
import { TestBrowser, type View } from "../support/browser.ts";
import { inPage } from "./support/in_page.ts";
import { Keyboard } from "./support/keyboard.ts";
import { browserTest } from "./support/stage.ts";

let portal: PortalStage, browser: TestBrowser;

Deno.test.beforeAll(async () => {
  [portal, browser] = [await openPortalStage(), await TestBrowser.open()];
});
Deno.test.afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await portal[Symbol.asyncDispose]();
});

/** What the stage shows of the model, in words of the page's own script. */
interface PageScope {
  readonly stage: {
    readonly model: {
      readonly people: import("../../portal/view/testing/fake_people.ts").LivelyPeople;
      readonly history: import("../../portal/view/testing/fake_history.ts").LivelyHistory;
      readonly settings: import("../../portal/view/testing/fake_settings.ts").LivelySettings;
      readonly asks: import("../../portal/view/testing/fake_asks.ts").LivelyAsks;
      tell(alert: import("../../portal/model/mod.ts").Alert): void;
    };
    readonly preferences: import("../../portal/view/preferences.ts").Preferences;
  };
}

/** Runs in the page, with its model. */
function within<T>(page: Page, look: (stage: PageScope["stage"]) => T): Promise<T> {
  return page.evaluate(`(${look.toString()})(globalThis.stage)`) as Promise<T>;
}

async function open(path: string, { lang = "en", theme = "", ...view }: View & { lang?: string; theme?: string } = {}) {
  const page = await browser.person(view);
  await page.goto(`${portal.origin}/?lang=${lang}${theme && `&theme=${theme}`}${path}`);
  await page.locator(".page h1").waitFor();
  return page;
}

/** Goes there by the tab key alone; fails where the focus cannot be seen, or it is not to be found. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const keys = new Keyboard(page);
  await keys.toText(name);
  deepEqual(keys.faults, []);
}

/** What is called so has the focus. */
async function focusIsOn(page: Page, name: RegExp): Promise<void> {
  match((await inPage(page, "focused"))?.text ?? "nothing", name);
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${path}`)}`);
  await page.locator(`.${path.split("/")[0]}-page h1`).waitFor();
}

/** What is not the page's to translate: names, texts of others, dates. */
const DATA = "bdi, time, title, .num, .avatar, input, option, [lang], .list > li > .toggle";
/** In the place of the desktop's own: headless browsers have none. */
const RECORD_NOTIFICATIONS = `globalThis.told = []; globalThis.Notification = class {
  static permission = "granted";
  constructor(title, options) { told.push(Object.assign(this, { title }, options)); }
  close() {}
}`;
const PAGES = ["people", "rooms", "history", "settings/profile", "settings/notifications", "settings/answers"];

browserTest("no page breaks a rule of WCAG 2.2 AA, in light and dark, from the right to the left", async () => {
  const found: string[] = [];
  for (const theme of ["light", "dark"] as const) {
    const page = await open("#/people", { theme, scheme: theme, lang: theme === "dark" ? "qps-rtl" : "en" });
    for (const path of [...PAGES, "settings/privacy", "settings/look", "settings/recording", "settings/account"]) {
      await goTo(page, path);
      found.push(...(await browser.breaches(page)).map((text) => `${theme} ${path}: ${text}`));
    }
    await page.context().close();
  }
  deepEqual(found, []);
});

browserTest("dialogs and questions break none of them either", async () => {
  const found: string[] = [];
  const page = await open("#/people");
  const look = async (what: string) => {
    await page.locator("dialog[open]").waitFor();
    found.push(...(await browser.breaches(page)).map((text) => `${what}: ${text}`));
  };
  for (const name of ["Add somebody", "Change your status", "New list"]) {
    await page.getByRole("button", { name }).click();
    await look(name);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  await goTo(page, "rooms");
  for (const name of ["New room", "Write to several"]) {
    await page.getByRole("button", { name }).click();
    await look(name);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  await within(page, ({ model }) => {
    model.asks.invite({});
    model.asks.ask({ blocking: false, options: [] });
  });
  await page.locator(".ask").nth(1).waitFor();
  found.push(...await browser.breaches(page));
  await within(page, ({ model }) => model.asks.ask({ until: Date.now() + 90_000 }));
  await look("question");
  deepEqual(found, []);
});

browserTest("people by keyboard: accept, find, rename, block, lists, add, own status", async () => {
  const page = await open("#/people");
  const keys = page.keyboard;
  await tabTo(page, /^Change your status$/);
  await keys.press("Enter");
  await page.locator("dialog[open]").waitFor();
  equal((await inPage(page, "focused"))?.type, "radio");
  await keys.press("ArrowUp");
  await keys.press("Tab");
  await keys.type("In the garden");
  await keys.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  match(await page.locator(".own-status").innerText(), /Invisible · In the garden/);
  await focusIsOn(page, /^Change your status$/);

  await tabTo(page, /^Accept Trudy/);
  await keys.press("Enter");
  await page.getByText("would like to have you").waitFor({ state: "detached" });
  // What had the focus is gone: what stands in its place has it.
  ok(await inPage(page, "focused") !== null, "the focus is lost");

  await tabTo(page, /^Search your contacts$/);
  await keys.type("emile");
  await page.locator(".contact").nth(1).waitFor({ state: "detached" });
  equal(await page.locator(".page [role=status].unseen").innerText(), "1 contact found");
  await tabTo(page, /^Émile Zola/);
  await tabTo(page, /^Actions for Émile Zola$/);
  await keys.press("Enter");
  await keys.press("C");
  await keys.press("Enter");
  await page.locator("dialog[open]").waitFor();
  await keys.press("Control+A");
  await keys.type("Emil");
  await keys.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  match(await page.locator(".contacts .contact-name").innerText(), /^Emil$/);

  // A list is walked by arrow keys; the tab key goes through it in one step.
  await page.getByLabel("Search your contacts").fill("");
  await page.getByRole("link", { name: /^Bob Ross/ }).first().focus();
  await keys.press("ArrowDown");
  await focusIsOn(page, /^Dan Brown/);

  await page.getByRole("tab", { name: "Contacts" }).focus();
  await keys.press("ArrowRight");
  await page.getByText("Whoever is blocked").waitFor();
  await tabTo(page, /^Unblock Mallory/);
  await keys.press("Enter");
  await page.getByText("Nobody is blocked").waitFor();

  await page.getByLabel("Address or number to block").focus();
  await keys.type("carol");
  await keys.press("Enter");
  await page.getByRole("button", { name: "Unblock Carol Danvers" }).waitFor();
  equal(await within(page, ({ model }) => model.people.isBlocked("sip:carol@example.test")), true);
});

browserTest("somebody is found in the service and added with a name and lists", async () => {
  const page = await open("#/people");
  await page.getByRole("button", { name: "Add somebody" }).click();
  await page.getByLabel("Name, address or number").fill("he");
  await page.keyboard.press("Enter");
  await page.getByText("2 people found").waitFor();
  await page.getByRole("button", { name: "Add Heidi Lamarr" }).click();
  await page.getByLabel("Name shown to you").fill("Heidi");
  await page.getByRole("checkbox", { name: "Choir" }).check();
  await within(page, ({ model }) => {
    model.people.fail = { status: 403, text: "Your contact list is full: 500 are allowed.", retryAfter: 0, fields: {} };
  });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("500 are allowed").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  const lists = await within(
    page,
    ({ model }) => model.people.contacts.value.find(({ name }) => name === "Heidi")?.lists,
  );
  deepEqual(lists, ["Choir"]);
  // It is among the contacts, under its list.
  await page.getByRole("list", { name: "Choir" }).getByRole("link", { name: /^Heidi/ }).waitFor();
});

browserTest(
  "a question of the service that closes it cannot be dismissed, and its long text has the focus",
  async () => {
    const page = await open("#/people", { width: 360 });
    await within(page, ({ model }) => model.asks.ask({ id: "terms", until: Date.now() + 600_000 }));
    const dialog = page.locator("dialog[open]");
    await dialog.waitFor();
    await focusIsOn(page, /^From the first of next month/);
    const text = await dialog.locator(".question-text").innerText();
    ok(text.length >= 512, `${text.length} characters`);
    for (let n = 0; n < 3; n++) await page.keyboard.press("Escape");
    await page.mouse.click(2, 2);
    equal(await dialog.count(), 1);
    match(await dialog.locator("[role=timer]").innerText(), /^(?:9:\d\d|10:00)$/);
    await browser.shot(page, "portal-question-phone");
    await tabTo(page, /^I agree$/);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    deepEqual(await within(page, ({ model }) => model.asks.calls), ["shown terms", "terms yes"]);
  },
);

browserTest("invitations are shown and answered without leaving what one is at", async () => {
  const page = await open("#/people");
  await within(page, ({ model }) => {
    model.asks.invite({ id: "one" });
    model.asks.invite({ id: "two", fromName: "\u202eyrollaM", isRoom: false, subject: "" });
  });
  // They can wait: what is below them is to be reached.
  await page.getByRole("button", { name: "Later" }).press("Enter");
  equal(await page.locator(".ask").count(), 0);
  await page.getByRole("button", { name: "2 wait for your answer" }).press("Enter");
  await page.getByRole("button", { name: "Accept the invitation of Carol Danvers" }).press("Enter");
  await page.getByRole("button", { name: /^Refuse the invitation/ }).press("Enter");
  await page.locator(".ask").waitFor({ state: "detached" });
  deepEqual(await within(page, ({ model }) => model.asks.calls), ["accept one", "refuse two"]);
});

browserTest("history: searched, moved, deleted after being asked how many", async () => {
  const page = await open("#/history");
  await page.getByRole("button", { name: "Show more" }).click();
  await page.locator(".history-row").nth(20).waitFor();
  await page.getByLabel("Choose The contract, first talks").press("Space");
  await page.getByLabel("Choose Grace Hopper").first().press("Space");
  await page.getByText("2 chosen").waitFor();
  await page.locator(".history-chosen").getByRole("button", { name: "Delete" }).press("Enter");
  await page.getByRole("heading", { name: "Delete 2 conversations?" }).waitFor();
  // Whoever presses Enter out of habit deletes nothing: the title has the focus.
  await page.keyboard.press("Enter");
  equal(await within(page, ({ model }) => model.history.items.length), 30);
  await page.getByRole("button", { name: "Delete 2 for good" }).press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  equal(await within(page, ({ model }) => model.history.items.length), 28);

  await page.getByRole("button", { name: "Actions for Bob Ross" }).first().press("Enter");
  await page.getByRole("menuitem", { name: "Move to a folder" }).press("Enter");
  await page.getByLabel("Folder", { exact: true }).last().selectOption({ label: "Other folder…" });
  await page.getByLabel("Name of the folder").fill("Art / Trees /");
  await page.getByRole("button", { name: "Move", exact: true }).press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".folders").getByText("Art/Trees").waitFor();

  await page.getByLabel("Words", { exact: true }).fill("expected");
  await page.keyboard.press("Enter");
  const hit = page.locator(".hit").first();
  await hit.waitFor();
  match(await page.locator(".history-main").innerText(), /Not everything was looked at/);
  match(await hit.getAttribute("href") ?? "", /^#\/with\/sip%3A\w+%40example\.test\/b1$/);
});

browserTest("settings: a refused field says why beside itself; quick answers keep their order", async () => {
  const page = await open("#/settings/profile");
  await page.getByLabel("Name").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Please fill it in.").waitFor();
  await page.getByLabel("Name").fill("Ada");
  await within(page, ({ model }) => {
    model.settings.fail = {
      status: 422,
      text: "Not all was taken.",
      retryAfter: 0,
      fields: { Name: "Two words at least." },
    };
  });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Two words at least.").waitFor();
  equal(await page.getByLabel("Name").getAttribute("aria-invalid"), "true");
  await page.getByLabel("Name").fill("Ada L.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();

  await page.getByRole("link", { name: "Quick answers" }).click();
  await page.getByRole("button", { name: "Move “On my way!” up" }).press("Enter");
  await page.getByRole("button", { name: "Add a quick answer" }).press("Enter");
  await page.keyboard.type("See you!");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await page.getByText("Saved.").waitFor();
  deepEqual(
    await within(page, ({ model }) => model.settings.quickAnswers.list.value),
    ["On my way!", "I call you back.", "Thank you, that helps a lot.", "See you!"],
  );
});

browserTest("notifications can be switched off, and by text, sound and vibration", async () => {
  const page = await open("#/settings/notifications");
  for (const name of ["By sound", "By vibration", "By text"]) {
    await page.getByRole("switch", { name }).press("Space");
  }
  deepEqual(
    await within(page, ({ preferences: p }) => [p.notifySound.value, p.notifyVibration.value, p.notifyText.value]),
    [false, false, false],
  );
  await page.getByRole("switch", { name: "Notify me of what is new" }).press("Space");
  equal(await page.getByRole("switch", { name: "By sound" }).isDisabled(), true);
  equal(await within(page, ({ preferences }) => preferences.notify.value), false);
});

browserTest(
  "an alert is told in the page that is seen, by the desktop else, and by neither when it is switched off",
  async () => {
    const page = await open("#/people");
    await page.evaluate(RECORD_NOTIFICATIONS);
    const tell = (text: string) =>
      page.evaluate(
        `stage.model.tell({ kind: "message", conversation: "sip:bob@example.test", title: "Bob", text: "${text}", at: 1 })`,
      );
    await tell("<b>Cake</b>");
    const toast = page.locator(".toasts .toast");
    await toast.waitFor();
    equal(await toast.locator(".toast-text").innerText(), "<b>Cake</b>");
    deepEqual(await browser.breaches(page), []);

    await page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })`);
    await tell("And tea");
    deepEqual(await page.evaluate("told.map(({ title, body, tag }) => [title, body, tag])"), [
      ["Bob", "And tea", "sip:bob@example.test"],
    ]);
    await within(page, ({ preferences }) => void (preferences.notifyPreview.value = false));
    await tell("A secret");
    equal(await page.evaluate("told[1].body"), "");
    await within(page, ({ preferences }) => void (preferences.notify.value = false));
    await tell("Nobody hears it");
    equal(await page.evaluate("told.length"), 2);
    equal(await toast.count(), 1);

    // A press on it leads there.
    await page.evaluate("told[0].onclick()");
    await page.waitForURL(/#\/with\/sip%3Abob%40example\.test$/);
  },
);

browserTest("a new conversation with several goes together or to each alone", async () => {
  const page = await open("#/rooms");
  await page.getByRole("button", { name: "Write to several" }).press("Enter");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await page.keyboard.type("zoe@else.test");
  await page.keyboard.press("Enter");
  equal(await page.locator(".chip").count(), 2);
  await page.getByLabel("Each alone").press("Space");
  await page.getByRole("button", { name: "Send" }).press("Enter");
  await page.getByLabel("Message").fill("The bridge is open again.");
  await page.getByRole("button", { name: "Send" }).press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
});

browserTest(
  "every page, light and dark, on phone and desktop, from the right to the left: nothing sticks out",
  async () => {
    const faults: string[] = [];
    const looks: (View & { lang: string; name: string })[] = [
      { name: "light-desktop", scheme: "light", width: 1280, lang: "en" },
      { name: "dark-phone", scheme: "dark", width: 360, lang: "de" },
      { name: "rtl-phone", scheme: "light", width: 360, lang: "qps-rtl" },
      { name: "rtl-desktop", scheme: "dark", width: 1280, lang: "qps-rtl" },
    ];
    for (const { name, ...view } of looks) {
      const page = await open("#/people", view);
      for (const path of PAGES) {
        await goTo(page, path);
        const { scrolls, beyond, cut, headings } = await inPage(page, "seen");
        if (scrolls > 0 || cut.length > 0) faults.push(`${name} ${path}: ${scrolls} px beyond; ${beyond} ${cut}`);
        if (headings !== 1) faults.push(`${name} ${path}: ${headings} headings of the first order`);
        if (view.lang === "qps-rtl") {
          for (const { place, text } of await inPage(page, "unmarked", DATA)) {
            faults.push(`${name} ${path}: not translated: ${place} "${text}"`);
          }
        }
        await browser.shot(page, `portal-${path.replace("/", "-")}-${name}`);
      }
      await page.context().close();
    }
    deepEqual(faults, []);
    deepEqual(browser.complaints, []);
  },
);
