/** The conversations of the users' page, in a browser, with a model that plays the service (portal/view/testing). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import type { Preferences } from "../../portal/view/preferences.ts";
import type { FakeModel } from "../../portal/view/testing/fake_model.ts";
import { openPortalStage, type PortalStage } from "../../portal/view/testing/stage_server.ts";
import { TestBrowser, type View } from "../support/browser.ts";
import { browserTest } from "./support/stage.ts";

const BOB = "#/with/sip%3Abob%40example.test";
const GARDEN = "#/with/sip%3Agarden%40rooms.example.test";
const CHESS = "#/with/sip%3Achess%40rooms.example.test";
const MALLORY = "#/with/sip%3Amallory%40example.test";

let portal: PortalStage;

Deno.test.beforeAll(async () => {
  portal = await openPortalStage();
});
Deno.test.afterAll(async () => {
  await portal[Symbol.asyncDispose]();
});

/** Opens the page at a place; `wishes` are those of portal/view/testing/stage.tsx. */
type Visit = (place: string, view?: View, wishes?: string) => Promise<Page>;

function stageTest(name: string, body: (visit: Visit, browser: TestBrowser) => Promise<void>): void {
  browserTest(name, async () => {
    await using browser = await TestBrowser.open();
    await body(async (place, view, wishes = "") => {
      const page = await browser.person(view);
      await page.goto(`${portal.origin}/?${wishes}${place}`);
      await page.waitForSelector(".app");
      if (place.startsWith("#/with/")) await page.waitForSelector(".log [data-rows]", { state: "attached" });
      return page;
    }, browser);
    deepEqual(browser.complaints, []);
  });
}

/** What the stage shows of the model and the preferences, in the page. */
interface Stage {
  readonly model: FakeModel;
  readonly preferences: Preferences;
}

/** Runs in the page, with its model: what it gives is plain data. */
function within<T>(page: Page, act: (stage: Stage) => T): Promise<Awaited<T>> {
  return page.evaluate(`(${act.toString()})(globalThis.stage)`) as Promise<Awaited<T>>;
}

/** The value of an expression in the page. */
function inPage<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate(expression) as Promise<T>;
}

const focused = (page: Page) =>
  inPage<string>(
    page,
    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim().slice(0, 60)",
  );
const region = (page: Page) =>
  inPage<string>(page, "document.activeElement.closest('[data-region]')?.dataset.region ?? ''");
const log = (page: Page) => page.locator(".log");
/** Waits until what is scheduled for the next frames is drawn. */
const drawn = (page: Page) =>
  inPage(page, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
const tooWide = (page: Page) => inPage<number>(page, "document.documentElement.scrollWidth - innerWidth");

stageTest(
  "portal: the conversations are without barriers, light and dark, on phone and desktop",
  async (visit, browser) => {
    const found: string[] = [];
    for (const width of [360, 1280]) {
      for (const scheme of ["light", "dark"] as const) {
        const name = `${width === 360 ? "phone" : "desktop"}-${scheme}`;
        for (
          const [what, place] of [["list", "#/"], ["person", BOB], ["room", GARDEN], ["public", CHESS], [
            "hostile",
            MALLORY,
          ]]
        ) {
          const page = await visit(place, { width, scheme });
          if (what === "room") {
            await page.locator(".members-button").click();
            await page.locator(".members").waitFor();
          }
          await drawn(page);
          await browser.shot(page, `portal-view-${what}-${name}`);
          found.push(...(await browser.breaches(page)).map((breach) => `${what} ${name} ${breach}`));
          const overflow = await tooWide(page);
          ok(overflow <= 0, `${what} ${name} is ${overflow} points too wide`);
          await page.context().close();
        }
      }
    }
    deepEqual(found, []);
  },
);

stageTest(
  "portal: whoever has not agreed to be a contact cannot be written to, which is said where one would write, until the request is taken back; whoever asks is answered there",
  async (visit, browser) => {
    const page = await visit("#/with/sip%3Alinus%40example.test", { width: 360 });
    const composer = page.locator(".composer"), back = page.getByRole("button", { name: "Take the request back" });
    await composer.getByText(/Linus Pauling.? has not agreed to be your contact yet/).waitFor();
    equal(await composer.locator("textarea, input[type=file]").count(), 0);
    await drawn(page);
    await browser.shot(page, "portal-view-asked-phone");
    deepEqual(await browser.breaches(page), []);
    await back.click();
    await composer.locator("textarea").waitFor();
    equal(await back.count(), 0);

    // One press asks, and the focus is where one goes on.
    await page.getByRole("button", { name: /^Add linus/i }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".composer button:focus", { hasText: "Take the request back" }).waitFor();

    await page.evaluate("location.hash = '#/with/sip%3Atrudy%40else.test'");
    await composer.getByText("We met at the fair.").waitFor();
    await composer.locator("textarea").waitFor();
    await browser.shot(page, "portal-view-asks-phone");
    deepEqual(await browser.breaches(page), []);
    await composer.getByRole("button", { name: "Accept" }).click();
    await composer.getByText("We met at the fair.").waitFor({ state: "detached" });
  },
);

stageTest(
  "portal: the regions, the list and the messages are reached and used with the keyboard alone",
  async (visit, browser) => {
    const page = await visit("#/");
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      await drawn(page);
    };
    await press("Tab");
    equal(await focused(page), "Skip to the content");
    await press("F6");
    equal(await region(page), "pages");
    await press("F6", "Tab", "Tab");
    ok((await focused(page)).startsWith("BRBob Ross") || (await focused(page)).includes("Bob Ross"));
    await press("ArrowDown", "ArrowUp", "Enter");
    await page.waitForSelector(".composer textarea");
    ok(page.url().endsWith(BOB));
    equal(await focused(page), "Message to Bob Ross");
    await press("Shift+F6");
    equal(await region(page), "list");
    await press("F6");
    equal(await focused(page), "Message to Bob Ross");

    await page.keyboard.type("Hello :-)");
    await press("Enter");
    equal(await page.locator(".message").last().locator(".said").textContent(), "Hello :-)");
    equal(await page.locator("textarea").inputValue(), "");
    await press("Enter");
    equal(await page.locator(".message .said", { hasText: "Hello" }).count(), 1, "nothing empty is sent");
    await page.keyboard.type("two");
    await press("Shift+Enter");
    await page.keyboard.type("lines");
    await press("Enter");
    equal(await page.locator(".message").last().locator(".said").textContent(), "two\nlines");

    // A message and its menu.
    await log(page).focus();
    await press("ArrowUp", "ArrowUp", "ArrowUp");
    ok(await inPage(page, "document.activeElement.matches('.message')"));
    await press("Enter");
    equal(await focused(page), "Copy text");
    await browser.shot(page, "portal-view-menu");
    deepEqual(await browser.breaches(page), []);
    await press("Escape");
    equal(await focused(page), "Message actions");
    await press("End");
    ok(await inPage(page, "document.activeElement.textContent.includes('lines')"));

    // The failed one: tried again from its menu.
    await page.locator(".message", { hasText: "Shall we meet" }).focus();
    await press("Enter", "ArrowDown", "Enter");
    equal(await page.locator(".failed").count(), 0);

    // Emoticons and quick answers.
    await page.locator("textarea").focus();
    await press("Tab", "Tab");
    if (await focused(page) !== "Emoticons") await press("Shift+Tab");
    equal(await focused(page), "Emoticons");
    await press("Enter");
    equal(await focused(page), "Happy :-)");
    await browser.shot(page, "portal-view-emoticons");
    deepEqual(await browser.breaches(page), []);
    await press("ArrowRight", "ArrowDown", "Enter");
    equal(await page.locator("textarea").inputValue(), ":-* ");
    await page.locator("textarea").fill("");
    await page.keyboard.type("/on");
    await page.locator(".quick-answers").waitFor();
    await browser.shot(page, "portal-view-quick-answers");
    await press("Enter");
    equal(await page.locator("textarea").inputValue(), "On my way!");
  },
);

stageTest("portal: what means harm is shown as the text that it is, in a bounded place", async (visit) => {
  const page = await visit(MALLORY);
  for (const button of await page.locator(".picture button").all()) await button.click();
  await page.locator(".message").last().scrollIntoViewIfNeeded();
  for (const message of await page.locator(".message").all()) {
    await message.scrollIntoViewIfNeeded();
    const box = (await message.boundingBox())!;
    ok(box.height < 900, `a message is ${box.height} points high`);
  }
  await page.locator(".picture .hint").first().waitFor();
  equal(await inPage(page, "globalThis.broken"), undefined);
  equal(await page.locator(".log script, .log iframe, .log b, .log object").count(), 0);
  equal(await page.locator(".log img").count(), 0, "what is no safe picture is none");
  ok(!/[\u202a-\u202e\u2066-\u2069]/.test(await page.title() + await page.locator("h1 bdi").first().textContent()));
  for (const link of await page.locator(".log a").all()) {
    ok(/^https?:$/.test(await link.evaluate((a) => (a as unknown as URL).protocol)));
    ok((await link.getAttribute("rel"))?.includes("noopener"));
  }
  ok((await page.locator(".log").textContent())?.includes("leads to xn--"), "another host than it looks like is told");
  // Unfolded, the giant stays within its column.
  await page.locator(".message", { hasText: "Show all" }).first().getByRole("button", { name: /Show all/ }).click();
  ok(await log(page).evaluate((view) => view.scrollWidth <= view.clientWidth));
});

stageTest("portal: the log keeps its place while something comes before or behind it", async (visit) => {
  const page = await visit(BOB, { width: 800 });
  const top = (text: string) =>
    page.locator(".message", { hasText: text }).first().evaluate((row) => row.getBoundingClientRect().top);
  const atEnd = () => log(page).evaluate((view) => view.scrollHeight - view.scrollTop - view.clientHeight < 40);
  const scrollTo = async (to: number) => {
    await log(page).evaluate((view, to) => view.scrollTop = to, to);
    await drawn(page);
  };
  ok(await atEnd());
  await within(page, (stage) => void stage.model.with("bob").receive({ text: "Something new" }));
  await drawn(page);
  ok(await atEnd(), "at the end it follows");

  // Older ones come in front: what is read stays where it is.
  await scrollTo(500);
  const before = await top("Did you get the drawings");
  await within(page, (stage) => stage.model.with("bob").loadOlder());
  await drawn(page);
  equal(await page.locator(".message", { hasText: "Page 3, line 1:" }).count(), 1);
  ok(Math.abs(await top("Did you get the drawings") - before) < 2, "prepended messages move nothing");

  // New ones come behind: told, not jumped to.
  const reading = await top("Did you get the drawings");
  await within(page, (stage) => {
    stage.model.with("bob").receive({ text: "First behind" });
    stage.model.with("bob").receive({ text: "Second behind" });
  });
  await page.getByRole("button", { name: "2 new messages" }).waitFor();
  ok(Math.abs(await top("Did you get the drawings") - reading) < 2);

  // Another conversation and back.
  await page.goto(page.url().replace(/#.*/, GARDEN));
  await page.getByRole("heading", { name: "Garden party" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Bob Ross" }).waitFor();
  await drawn(page);
  ok(Math.abs(await top("Did you get the drawings") - reading) < 3, "the place of each conversation is kept");
  await page.getByRole("button", { name: "2 new messages" }).click();
  ok(await atEnd());
  equal(await within(page, (stage) => stage.model.with("bob").unread.value), 0);

  // Scrolling up loads more by itself, until there is no more.
  for (let tries = 0; tries < 3; tries++) {
    await scrollTo(0);
    await log(page).dispatchEvent("scroll");
    await drawn(page);
  }
  await page.getByText("The beginning of this conversation").waitFor({ state: "attached" });
});

stageTest("portal: of four hundred messages those in view are drawn, and all are found", async (visit) => {
  const page = await visit(CHESS);
  await page.locator(".message").first().waitFor({ state: "attached" });
  equal(await page.locator(".message").count(), 400);
  const looks = await page.locator(".new-line").evaluate((line) => line.getBoundingClientRect().top);
  ok(looks > 0 && looks < 900, "it begins where one has not read yet");
  ok(await inPage(page, "find('Move 3:')"));
});

stageTest(
  "portal: new messages are read out, author and text first; older ones, and our own, are not",
  async (visit) => {
    const page = await visit(BOB);
    const live = page.locator(".log-frame > [aria-live=polite]");
    equal(await log(page).getAttribute("role"), "log");
    equal(await live.textContent(), "");
    await within(page, (stage) => stage.model.with("bob").loadOlder());
    await within(page, (stage) => void stage.model.with("bob").send("of our own"));
    await within(page, (stage) => void stage.model.with("bob").receive({ text: "Are you there?\nReally?" }));
    await drawn(page);
    ok(/^Bob Ross: Are you there\? Really\?\. \d/.test(await live.textContent() ?? ""), await live.textContent() ?? "");
    const spoken = await page.locator(".message", { hasText: "Are you there?" }).ariaSnapshot();
    ok(spoken.includes('article "Bob Ross Are you there? Really?'), spoken);
  },
);

stageTest("portal: right to left nothing is untranslated, cut off or mirrored wrongly", async (visit, browser) => {
  for (const width of [360, 1280]) {
    for (const place of ["#/", BOB, GARDEN]) {
      const page = await visit(place, { width }, "lang=qps-rtl");
      await drawn(page);
      equal(await inPage(page, "document.documentElement.dir"), "rtl");
      await browser.shot(
        page,
        `portal-view-rtl-${place === "#/" ? "list" : place === BOB ? "person" : "room"}-${width}`,
      );
      ok(await tooWide(page) <= 0);
      const plain = await page.locator("button:visible, .navigation a:visible").evaluateAll((all) =>
        all.map((one) => one.getAttribute("aria-label") ?? one.textContent ?? "")
          .filter((text) => text.trim() !== "" && !text.includes("⟦"))
      );
      deepEqual(plain, []);
      await page.context().close();
    }
  }
});

stageTest("portal: German and French say everything in their words", async (visit, browser) => {
  for (const [lang, words] of [["de", "Nachricht schreiben"], ["fr", "Écrire un message"]]) {
    const page = await visit(BOB, { width: 360 }, `lang=${lang}`);
    await page.getByPlaceholder(words).waitFor();
    equal(await inPage(page, "document.documentElement.lang"), lang);
    await browser.shot(page, `portal-view-person-${lang}`);
  }
});

stageTest("portal: without connection it is said in plain words, and what is typed stays", async (visit, browser) => {
  const page = await visit(BOB, { width: 360 }, "state=waiting");
  await page.getByText("No connection to the service.").waitFor();
  await page.getByText(/Next try in \d+ seconds/).waitFor();
  await page.getByText("1 message is sent when the connection is back.").waitFor();
  await page.locator("textarea").fill("half a thought");
  await browser.shot(page, "portal-view-waiting");
  deepEqual(await browser.breaches(page), []);
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("No connection to the service.").waitFor({ state: "detached" });
  await within(page, (stage) => void stage.model.signOut());
  await page.getByRole("button", { name: "Sign in again" }).waitFor();
  await browser.shot(page, "portal-view-signed-out");
  equal(await page.locator("textarea").inputValue(), "half a thought");
  equal(await within(page, (stage) => stage.model.with("bob").draft.value), "half a thought");
});

stageTest(
  "portal: a file is taken by choice, drop and paste; what is too large is refused before, with the limit",
  async (visit, browser) => {
    const page = await visit(BOB);
    const choose = (name: string, size: number) =>
      page.locator("input[type=file]").setInputFiles({
        name,
        mimeType: "text/plain",
        buffer: Buffer.alloc(size),
      });
    await choose("small.txt", 100);
    await page.locator(".message", { hasText: "small.txt" }).waitFor();
    await within(page, (stage) => void (stage.model.limits.value = { message: 100, file: 1_000_000, fileTypes: [] }));
    await choose("large.bin", 2_000_000);
    await page.getByText("large.bin is too large: 2 MB. At most 1 MB are allowed.").waitFor();
    await browser.shot(page, "portal-view-too-large");
    const given = (kind: "drop" | "paste") =>
      inPage(
        page,
        `(() => {
        const data = new DataTransfer(), usual = { bubbles: true, cancelable: true };
        data.items.add(new File(["content"], "by ${kind}.txt", { type: "text/plain" }));
        if ("${kind}" === "drop") {
          document.querySelector(".log").dispatchEvent(new DragEvent("drop", { ...usual, dataTransfer: data }));
        } else {
          document.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { ...usual, clipboardData: data }));
        }
      })()`,
      );
    await given("drop");
    await given("paste");
    await page.locator(".message", { hasText: "by drop.txt" }).waitFor();
    await page.locator(".message", { hasText: "by paste.txt" }).waitFor();

    // A text that is too long is not sent, and not lost.
    await page.locator("textarea").fill("ä".repeat(60));
    await page.getByText("20 bytes too long").waitFor();
    await page.keyboard.press("Enter");
    equal((await page.locator("textarea").inputValue()).length, 60);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save small.txt" }).click(),
    ]);
    equal(download.suggestedFilename(), "small.txt");
  },
);

stageTest(
  "portal: in a public room a name comes before the first word; members have their menus",
  async (visit, browser) => {
    const page = await visit(CHESS);
    await page.getByText("your real identity stays hidden").waitFor();
    equal(await page.locator("textarea").count(), 0);
    await page.getByLabel("Name in this room").fill("taken");
    await page.keyboard.press("Enter");
    await page.getByText("This name is taken.").waitFor();
    await page.getByLabel("Name in this room").fill("Knight");
    await page.keyboard.press("Enter");
    await page.locator("textarea").waitFor();

    await page.goto(page.url().replace(/#.*/, GARDEN));
    await page.locator(".members-button").click();
    await page.getByText("Someone you blocked is in this room.").waitFor();
    await page.getByRole("button", { name: "What to do with Dan Brown" }).click();
    await page.getByRole("menuitem", { name: "Write to Dan Brown alone" }).click();
    await page.getByText("Only Dan Brown sees this").waitFor();
    await page.locator("textarea").fill("psst");
    await page.keyboard.press("Enter");
    await page.locator(".message.private", { hasText: "psst" }).waitFor();
    await page.getByRole("button", { name: "What to do with Carol Danvers" }).click();
    await page.getByRole("menuitem", { name: "Send Carol Danvers out" }).click();
    await browser.shot(page, "portal-view-expel");
    deepEqual(await browser.breaches(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Send Carol Danvers out" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    equal(await page.locator(".member").count(), 4);
  },
);

stageTest("portal: emoticons are seen as pictures and are their text; pictures can be switched off", async (visit) => {
  const page = await visit(BOB);
  const said = page.locator(".message", { hasText: "Ten is fine" }).locator(".said");
  equal(await said.locator("svg").count(), 1);
  equal(await said.textContent(), "Ten is fine. I bring the model along :-D");
  await within(page, (stage) => void (stage.preferences.emoticons.value = false));
  await drawn(page);
  equal(await said.locator("svg").count(), 0);
  equal(await said.textContent(), "Ten is fine. I bring the model along :-D");
});

stageTest("portal: the search finds conversations, people and new addresses; no address is said so", async (visit) => {
  const page = await visit("#/");
  const search = page.getByRole("searchbox", { name: "Search people and conversations" });
  await search.fill("GARDEN");
  equal(await page.locator(".talk").count(), 1);
  await search.fill("someone.new@example.test");
  await page.getByRole("button", { name: "Write to someone.new@example.test" }).click();
  await page.getByRole("textbox", { name: "Message to someone.new@example.test" }).fill("Hello");
  await page.keyboard.press("Enter");
  await page.locator(".message", { hasText: "Hello" }).waitFor();
  await search.fill("nothing like it");
  await page.getByText("Nothing matches").waitFor();
  await page.goto(page.url().replace(/#.*/, "#/with/sip%3Afrom-a-link%40example.test"));
  await page.getByRole("heading", { name: "from-a-link@example.test" }).waitFor();
  await page.goto(page.url().replace(/#.*/, "#/with/nonsense"));
  await page.getByText("This address cannot be written to").waitFor();
  await page.getByRole("button", { name: "Back to the conversations" }).click();
  await page.getByText("Choose a conversation").waitFor();
});

stageTest("portal: a picture is shown in a place of a set size, and enlarged", async (visit, browser) => {
  const page = await visit(BOB);
  const row = page.locator(".message", { hasText: "view from the river.png" });
  const before = (await row.boundingBox())!.height;
  await row.scrollIntoViewIfNeeded();
  await row.locator("img").waitFor();
  ok(await row.locator("img").evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth) > 0);
  ok(Math.abs((await row.boundingBox())!.height - before) < 1 || before < 100, "it moves nothing when it comes");
  await page.getByRole("button", { name: "Enlarge view from the river.png" }).click();
  await page.getByRole("dialog").locator("img").waitFor();
  await browser.shot(page, "portal-view-picture");
  deepEqual(await browser.breaches(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  equal(await focused(page), "Enlarge view from the river.png");
});

stageTest("portal: a location is sent by hand and shown without asking anybody", async (visit, browser) => {
  const page = await visit(BOB);
  await page.getByRole("button", { name: "Send a location" }).click();
  await page.getByLabel("Latitude").fill("91");
  await page.getByLabel("Longitude").fill("13,4");
  await page.keyboard.press("Enter");
  await page.getByText("A number from -90 to 90").waitFor();
  await browser.shot(page, "portal-view-location");
  deepEqual(await browser.breaches(page), []);
  await page.getByLabel("Latitude").fill("52.5");
  await page.getByLabel("Place in words").fill("Home");
  await page.keyboard.press("Enter");
  await page.locator(".message.own .location", { hasText: "Home" }).waitFor();
});
