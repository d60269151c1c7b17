/** What common things take a user's hands on the users' page: every press is counted, as the browser itself has seen it. */
import { deepEqual, ok } from "node:assert/strict";
import { countEffort, type Effort, effortOf } from "./support/effort.ts";
import { PortalPage } from "./support/portal_page.ts";
import { aor, named, onCommandLine } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";

/** Has a picture in the clipboard, as after a copy elsewhere. */
const COPY_PICTURE = `(async () => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  canvas.getContext("2d").fillRect(5, 5, 30, 30);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
})()`;

browserTest(
  "what is done every day takes one press or two beside the words: open what is new, answer, add, accept, send a picture, agree, mute, block [USE-1]",
  async () => {
    await using stage = await Stage.open(named("alice", "bob", "carol", "dave", "erin"));
    const folder = `${stage.box.dir}/carol`;
    await Deno.mkdir(folder);
    await using carol = await onCommandLine(stage, "carol", "--files", folder);
    await using erin = await onCommandLine(stage, "erin");
    const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", {
      keeps: true,
      async prepare(page) {
        await countEffort(page);
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: stage.origin });
      },
    });
    const bob = await PortalPage.signIn(stage.browser, stage.origin, "bob", { keeps: true, prepare: countEffort });
    const { page } = alice;
    const takes = async (what: string, most: Effort, act: () => Promise<unknown>, on = page) => {
      const took = await effortOf(on, act);
      ok(took.presses <= most.presses && took.typed <= most.typed, `${what} took ${JSON.stringify(took)}`);
    };
    const said = (text: string) => page.locator(".log .said").getByText(text, { exact: true }).waitFor();

    // Somebody unknown writes while one is elsewhere.
    await alice.go("#/settings/look");
    await carol.do({ do: "send", to: aor("alice"), text: "Are you there?", mode: "pager" });
    await page.locator(".toast").getByText("Are you there?").waitFor();
    await takes("answer what has just come", { presses: 2, typed: 3 }, async () => {
      await page.locator(".toast").getByText("Are you there?").click();
      await page.locator(".composer textarea:focus").waitFor();
      await page.keyboard.type("Yes");
      await page.keyboard.press("Enter");
      await carol.event("message", ({ text }) => text === "Yes");
    });
    await takes("send a picture that was copied", { presses: 1, typed: 0 }, async () => {
      await page.evaluate(COPY_PICTURE);
      await page.keyboard.press("Control+V");
      await page.locator(".log .message.own .file").waitFor();
      await carol.event("file-ended", ({ name, ok }) => ok && /\.png$/.test(name));
    });
    await takes("mute a conversation", { presses: 2, typed: 0 }, async () => {
      await page.getByRole("button", { name: "More about this conversation" }).click();
      await page.getByRole("menuitem", { name: "Turn notifications off" }).click();
      await alice.row("Carol").getByText("notifications off").waitFor({ state: "attached" });
    });

    await takes("add who has written", { presses: 1, typed: 0 }, async () => {
      await page.getByRole("button", { name: "Add Carol to your contacts" }).click();
      await page.getByRole("button", { name: "Add Carol to your contacts" }).waitFor({ state: "detached" });
    });
    // Nothing would reach her until she agrees: that is said where one was, with what undoes it.
    await page.locator(".composer").getByText(/Carol.? has not agreed to be your contact yet/).waitFor();
    await page.locator(".composer button:focus", { hasText: "Take the request back" }).waitFor();

    await alice.list();
    await erin.do({ do: "send", to: aor("alice"), text: "The newest of all", mode: "pager" });
    await alice.unread("Erin", 1);
    await takes("open the newest unread", { presses: 1, typed: 0 }, async () => {
      await page.locator("a.talk").first().click();
      await said("The newest of all");
    });
    await takes("block who has written", { presses: 3, typed: 0 }, async () => {
      await page.getByRole("button", { name: "More about this conversation" }).click();
      await page.getByRole("menuitem", { name: "Block Erin" }).click();
      await page.locator("dialog[open]").getByRole("button", { name: "Block Erin" }).click();
      await page.locator("dialog[open]").waitFor({ state: "detached" });
    });
    await takes("write to a new one", { presses: 3, typed: 21 }, async () => {
      await page.getByLabel("Search people and conversations").click();
      await page.keyboard.type("dave@example.test");
      await page.getByRole("button", { name: "Write to dave@example.test" }).click();
      await page.locator(".composer textarea:focus").waitFor();
      await page.keyboard.type("Hey!");
      await page.keyboard.press("Enter");
      await page.locator(".log .message.own .said").getByText("Hey!").waitFor();
    });

    // Bob is asked for a contact, and into a room, while he is elsewhere.
    await bob.go("#/settings/look");
    await alice.talk(aor("bob"));
    await page.getByRole("button", { name: /^Add bob/i }).click();
    await bob.page.locator(".toast-title").getByText("Alice", { exact: true }).waitFor();
    await takes("agree to be a contact, from anywhere", { presses: 2, typed: 0 }, async () => {
      await bob.page.locator(".toast-title").getByText("Alice", { exact: true }).click();
      await bob.page.getByRole("button", { name: "Accept Alice" }).click();
      await bob.page.getByRole("button", { name: "Accept Alice" }).waitFor({ state: "detached" });
    }, bob.page);
    await alice.begin(["bob", "dave"], "Garden");
    await bob.page.getByRole("button", { name: "Accept the invitation of Alice" }).waitFor();
    await takes("accept an invitation", { presses: 1, typed: 0 }, async () => {
      await bob.page.getByRole("button", { name: "Accept the invitation of Alice" }).click();
      await bob.page.getByRole("button", { name: "Accept the invitation of Alice" }).waitFor({ state: "detached" });
    }, bob.page);
    // By keyboard alone, on a page that was just opened.
    await carol.do({ do: "send", to: aor("bob"), text: "By keys?", mode: "pager" });
    await bob.list();
    await bob.page.reload();
    await bob.online();
    await bob.unread("Carol", 1);
    await takes("open the newest unread and answer, by keys alone", { presses: 6, typed: 3 }, async () => {
      for (let step = 0; step < 5; step++) {
        await bob.page.keyboard.press(step < 2 ? "F6" : "Tab");
        if (await bob.page.locator("a.talk:focus").count() > 0) break;
      }
      await bob.page.keyboard.press("Enter");
      await bob.page.locator(".composer textarea:focus").waitFor();
      await bob.page.keyboard.type("Yes");
      await bob.page.keyboard.press("Enter");
      await carol.event("message", ({ from, text }) => from === aor("bob") && text === "Yes");
    }, bob.page);
    deepEqual(stage.browser.complaints, []);
  },
);
