/** The users' page against a box, from outside: people in browsers, a client we did not write, and our own on the command line. */
import { deepEqual, equal } from "node:assert/strict";
import { CutLine } from "../../portal/testing/cut_line.ts";
import { Linphone } from "../interop/linphone.ts";
import { ChatProcess } from "../support/chat_process.ts";
import { type TestUser, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";
import { holdsIn, PortalPage } from "./support/portal_page.ts";
import { browserTest, Stage } from "./support/stage.ts";

const aor = (name: string) => `sip:${name}@example.test`;
const numbered = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word} ${n + 1}`);

function named(...names: string[]): TestUser[] {
  return users(...names).map((user) => ({ ...user, displayName: user.name[0].toUpperCase() + user.name.slice(1) }));
}

/** Those of USE-5 in its order, by the text that the page writes for each. */
const EMOTICONS =
  ":-) :-( ;-) :-D :-/ :'-> :-P :-* :-O X-( B-) :-S >:-) :,-( :-)) :-| O:-) :-B |-O 8-| :-& :-X :-? /:-) @};- ~O) )-| *-:) <3";

/** Somebody on the command line. */
async function onCommandLine(stage: Stage, name: string): Promise<ChatProcess> {
  const server = `tcp://127.0.0.1:${stage.box.port}`;
  const client = ChatProcess.start(name, ["--listen", "--as", aor(name), "--server", server]);
  await client.event("registered");
  return client;
}

browserTest(
  "two people in browsers and a SIP client talk in one conversation and one room; a cut network and a killed box lose and double nothing [GR-2] [USE-13] [USE-15] [IOP-1] [IOP-4] [CHAT-15] [NOT-1]",
  async () => {
    await using stage = await Stage.open(named("alice", "bob", "carol", "dave"));
    const line = new CutLine(Number(new URL(stage.origin).port));
    const dave = await Linphone.start({ name: "dave", domain: "example.test", port: stage.box.port, transport: "tcp" });
    await using carol = await onCommandLine(stage, "carol");
    try {
      const { browser } = stage;
      const alice = await PortalPage.signIn(browser, stage.origin, "alice", { keeps: true });
      const bob = await PortalPage.signIn(browser, `http://127.0.0.1:${line.port}`, "bob", { keeps: true });

      // With a client we did not write.
      await alice.begin(["dave"]);
      await alice.write("Hello Dave");
      await dave.received(aor("alice"), "Hello Dave");
      await dave.send(aor("alice"), "Hello Alice");
      await alice.holds(["Hello Alice"], ["Hello Dave"]);

      // With each other: delivered, and seen as soon as it is looked at.
      await alice.begin(["bob"]);
      await alice.write("Are you there?");
      await alice.holds([], ["Are you there?"], /^Delivered$/);
      await bob.unread("Alice", 1);
      await bob.pick("Alice");
      await bob.unread("Alice", 0);
      await alice.holds([], ["Are you there?"], /^Seen$/);
      await bob.write("I am");
      await alice.holds(["I am"], ["Are you there?"]);
      await bob.holds(["Are you there?"], ["I am"], /^Seen$/);

      // A file: asked for, and the same octets.
      const content = crypto.getRandomValues(new Uint8Array(60_000));
      await alice.attach("plan.bin", "application/octet-stream", content);
      await bob.page.locator(".file").getByRole("button", { name: "Accept", exact: true }).click();
      deepEqual(await bob.save("plan.bin"), content);

      // A room of three, of whom one is at a terminal.
      await alice.begin(["bob", "carol"], "Garden");
      await bob.page.getByRole("button", { name: /^Accept the invitation of Alice/ }).click();
      await bob.list();
      await bob.pick("Garden");
      await carol.event("chat", ({ room }) => room !== "");
      await alice.write("Who waters the roses?");
      await carol.event("message", ({ text }) => text === "Who waters the roses?");
      await carol.do({ do: "send", text: "I do" });
      await alice.holds(["I do"], ["Who waters the roses?"]);
      await bob.holds(["Who waters the roses?", "I do"], []);
      await bob.write("And I");
      await alice.holds(["I do", "And I"], ["Who waters the roses?"]);
      await carol.event("message", ({ text }) => text === "And I");
      deepEqual(
        carol.all("message").map(({ text }) => text),
        ["Who waters the roses?", "And I"],
      );

      // Bob's network is cut in the middle of what Alice says; both go on writing.
      const first = numbered("over the line", 4), second = numbered("into the dark", 4);
      const offline = numbered("written without network", 3);
      await alice.talk(aor("bob"));
      await bob.talk(aor("alice"));
      await alice.write(...first);
      line.cut();
      await alice.write(...second);
      await bob.says("No connection to the service.");
      await bob.write(...offline);
      await bob.says("3 messages are sent when the connection is back.");
      deepEqual((await bob.shown()).slice(-3).map(({ text, state }) => [text, state]), [
        ...offline.map((text) => [text, "Waits for the connection"]),
      ]);
      await bob.list();
      line.mend();
      await bob.online();
      const fromAlice = ["Are you there?", "plan.bin", ...first, ...second], fromBob = ["I am", ...offline];
      await alice.holds(fromBob, fromAlice);
      await bob.talk(aor("alice"));
      await bob.holds(fromAlice, fromBob, /^Seen$/);
      await bob.unread("Alice", 0);

      // The box loses its power and comes again: nobody signs in once more.
      await bob.list();
      await stage.box.kill();
      await alice.says("No connection to the service.");
      const third = numbered("while the box was away", 3);
      await alice.write(...third);
      await stage.box.run();
      await Promise.all([alice.online(), bob.online()]);
      await bob.unread("Alice", third.length);
      await bob.pick("Alice");
      await bob.unread("Alice", 0);
      await bob.write("back again");
      fromAlice.push(...third);
      fromBob.push("back again");
      await bob.holds(fromAlice, fromBob, /^Seen$/);
      await alice.holds(fromBob, fromAlice);
      for (const person of [alice, bob]) {
        await person.page.reload();
        await person.online();
      }
      await bob.holds(fromAlice, fromBob);
      await alice.holds(fromBob, fromAlice);
      await alice.unread("Bob", 0);
      deepEqual(browser.complaints, []);
    } finally {
      line.close();
      await dave.stop();
    }
  },
  ["linphonec", "script"],
);

/** A page at a time in all its looks, as it stands with a real box behind it. */
async function pictures(stage: Stage, person: PortalPage, places: Readonly<Record<string, string>>): Promise<void> {
  for (const width of [360, 1280]) {
    await person.page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await person.page.emulateMedia({ colorScheme });
      for (const [name, place] of Object.entries(places)) {
        const there = name === "list" ? ".talks" : name === "with" ? ".composer textarea" : `.${name}-page h1`;
        await person.go(place, there);
        await stage.browser.shot(
          person.page,
          `portal-real-${name}-${width === 360 ? "phone" : "desktop"}-${colorScheme}`,
        );
      }
    }
  }
  await person.page.setViewportSize({ width: 1280, height: 900 });
}

browserTest(
  "contacts are asked, agree by one press, show their status, and stand in groups by name [GM-9] [GM-14] [GM-16] [GM-17] [PRE-1]",
  async () => {
    await using stage = await Stage.open(named("alice", "bob"));
    const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", { keeps: true });
    const bob = await PortalPage.signIn(stage.browser, stage.origin, "bob", { keeps: true });
    const { page } = alice, dialog = page.locator("dialog[open]");
    await alice.go("#/people");
    await page.getByRole("button", { name: "Add somebody" }).click();
    await dialog.getByLabel("Name, address or number").fill("bob");
    await dialog.getByRole("button", { name: "Add bob@example.test" }).click();
    await dialog.getByLabel("Name shown to you").fill("Bobby");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.waitFor({ state: "detached" });

    // The service says it by a message, too: bob is told of it once.
    const toasts = bob.page.locator(".toast");
    await toasts.filter({ hasText: /^Alice\s*would like to have you as a contact\./ }).waitFor();
    await bob.page.locator("a.talk").filter({ hasText: "asks to have you as a contact" }).waitFor();
    await bob.go("#/people");
    await bob.page.getByRole("button", { name: "Accept Alice" }).click();
    const contact = page.locator(".contact").filter({ hasText: "Bobby" });
    await contact.getByText("Available").waitFor();
    equal(await toasts.filter({ hasText: "asks to have you" }).count(), 0);
    await bob.page.getByRole("button", { name: "Change your status" }).click();
    await bob.page.locator("dialog[open]").getByRole("radio", { name: "Busy" }).check();
    await bob.page.locator("dialog[open]").getByRole("button", { name: "Save" }).click();
    await contact.getByText("Busy").waitFor();

    await page.getByRole("button", { name: "New list" }).click();
    await dialog.getByLabel("Name of the list").fill("Choir");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await contact.getByRole("button", { name: "Actions for Bobby" }).click();
    await page.getByRole("menuitem", { name: "Choose lists" }).click();
    await dialog.getByRole("checkbox", { name: "Choir" }).check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("list", { name: "Choir" }).getByRole("link", { name: /^Bobby/ }).waitFor();
    await page.getByLabel("Search your contacts").fill("nobody like it");
    await page.getByText("Nobody in your contacts is called so.").waitFor();
    await page.getByLabel("Search your contacts").fill("bob");
    await contact.waitFor();
    await page.getByLabel("Search your contacts").fill("");

    await alice.talk(aor("bob"));
    await alice.write("See you at the choir :-)", "https://example.test/score.pdf");
    await alice.holds([], ["See you at the choir :-)", "https://example.test/score.pdf"]);
    await pictures(stage, alice, {
      list: "#/",
      with: `#/with/${encodeURIComponent(aor("bob"))}`,
      people: "#/people",
      rooms: "#/rooms",
      history: "#/history",
      settings: "#/settings",
    });
    deepEqual(stage.browser.complaints, []);
  },
);

browserTest(
  "a new message is told of by text in a closed conversation, or not at all; emoticons are seen, and written as text; a pointer is a card [NOT-5] [NOT-6] [NOT-8] [NOT-9] [USE-5] [USE-6] [MMD-4]",
  async () => {
    await using stage = await Stage.open(named("alice", "carol"));
    const { browser } = stage;
    await using carol = await onCommandLine(stage, "carol");
    const alice = await PortalPage.signIn(browser, stage.origin, "alice", { keeps: true });
    const { page } = alice, toast = page.locator(".toast");
    const says = (text: string) => carol.do({ do: "send", to: aor("alice"), text });
    const set = async (name: string) => {
      await alice.go("#/settings/notifications");
      await page.getByRole("switch", { name }).click();
    };

    // Closed: a word in the corner, which leads there; to answer takes the words and one key.
    await says("One :-)");
    await toast.getByText("One :-)").click();
    await page.locator(".log .message .emoticon svg").waitFor();
    await alice.write("Two ;-)");
    await page.locator(".log .message.own .emoticon svg").waitFor();
    equal((await carol.event("message")).text, "Two ;-)");
    // Each of the requirement's list, by the form that is written here for it.
    await says(EMOTICONS);
    const seen = `[...document.querySelectorAll(".log .message:not(.own) .emoticon")]`;
    await holdsIn(page, `${seen}.length === 30 && new Set(${seen}.map(({ title }) => title)).size === 29`);
    await alice.write(EMOTICONS);
    equal((await carol.event("message", ({ text }) => text.includes("~O)"))).text, EMOTICONS);

    await says("https://example.test/plans/roof.pdf");
    const card = page.locator(".log .card.pointer");
    await card.getByText("Document at example.test").waitFor();
    equal(await card.getByRole("link").getAttribute("href"), "https://example.test/plans/roof.pdf");

    await set("Notify me of what is new");
    await alice.list();
    await says("Nobody is told of this");
    await alice.unread("Carol", 1);
    await says("Nor of this");
    await alice.unread("Carol", 2);
    equal(await toast.count(), 0);
    deepEqual(browser.complaints, []);
  },
);

browserTest(
  "what the service asks is shown whole at any time, and answered by one of its choices; without documents and users' data messages go [SMSG-7] [SMSG-8] [SSMG-11] [UA-2]",
  async () => {
    await using stage = await Stage.open(named("alice", "bob"));
    const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", { keeps: false });
    const text = `Do you take the new terms? ${"They say what was agreed. ".repeat(30)}`.trim();
    await alice.go("#/people");
    const { id } = await stage.ada.post<{ id: string }>("/system-messages", {
      to: aor("alice"),
      text,
      options: [{ id: "yes", label: "I agree", grants: "full" }, { id: "no", label: "I do not", grants: "none" }],
    });
    equal(await alice.page.locator(".question-text").textContent(), text);
    deepEqual(await alice.page.getByRole("group", { name: "Your answer" }).getByRole("button").allTextContents(), [
      "I agree",
      "I do not",
    ]);
    await alice.page.getByRole("button", { name: "I agree" }).click();
    await alice.page.locator(".question-text").waitFor({ state: "detached" });
    await eventually(async () => {
      const { recipients } = await stage.ada.get<{ recipients: unknown }>(`/system-messages/${id}`);
      return JSON.stringify(recipients).includes('"yes"');
    }, "the answer is known");

    // A page whose way to everything but messages is barred.
    const bob = await PortalPage.signIn(stage.browser, stage.origin, "bob", { keeps: false });
    await bob.page.route(/\/portal\/(?:xcap|api)\//, (route) => route.abort());
    await bob.page.reload();
    await bob.online();
    await bob.talk(aor("alice"));
    await bob.write("I have no contacts today");
    await alice.talk(aor("bob"));
    await alice.holds(["I have no contacts today"], []);
    await alice.write("But words");
    await bob.holds(["But words"], ["I have no contacts today"]);
  },
);
