/** The users' page beside other things: in a tab behind another one, slowed down and frozen as browsers do it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { eventually } from "../support/rest.ts";
import { ONLINE, PlainBrowser, signInAt } from "./support/plain_browser.ts";
import { aor, named, onCommandLine } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";
import { HOOKS, type Told } from "./support/told.ts";

/** The longest time between two beats of a timer of one second, in ms: what the browser makes of timers. */
const BEATS = `{
  let before = performance.now();
  globalThis.longest = 0;
  setInterval(() => {
    const now = performance.now();
    globalThis.longest = Math.max(globalThis.longest, now - before);
    before = now;
  }, 1000);
}`;
const SAID = `[...document.querySelectorAll(".log .message:not(.own) .said")].map((one) => one.textContent)`;

browserTest(
  "in a tab behind another one the page stays registered, is reached and calls its user at once, though its timers are slowed down; frozen and thawed it shows everything once [USE-9]",
  async () => {
    await using stage = await Stage.open(named("alice", "carol"));
    await using carol = await onCommandLine(stage, "carol");
    await using browser = await PlainBrowser.open();
    const says = (text: string) => carol.do({ do: "send", to: aor("alice"), text, mode: "pager", ref: text });
    const delivered = (text: string) => carol.event("state", ({ ref, state }) => ref === text && state === "delivered");
    const tab = await browser.tab(HOOKS + BEATS);
    await signInAt(tab, stage.origin, "alice");
    await tab.look(`location.hash = ${JSON.stringify(`#/with/${encodeURIComponent(aor("carol"))}`)}`);
    await tab.until(`document.querySelector(".composer textarea") !== null`, "the conversation");
    const told = async () => (await tab.look<Told>("globalThis.told")).desktop.map(({ title, body }) => [title, body]);
    const calls: string[][] = [];
    /** Said by Carol while the page is behind: it is there, and called out, sooner than the next slowed beat. */
    const reaches = async (text: string) => {
      await says(text);
      await delivered(text);
      calls.push(["Carol", text]);
      await eventually(async () => (await told()).length === calls.length, `"${text}" is told of`, 8_000);
      deepEqual(await told(), calls);
    };

    // Something else is in front: the user works there.
    const other = await browser.tab();
    await browser.show(other);
    await tab.until(`document.visibilityState === "hidden"`, "the page is hidden");
    await reaches("Behind");
    await tab.until("globalThis.longest > 30_000", "timers beat once a minute", 150_000);
    await reaches("Behind for long");
    equal(await tab.look(ONLINE), true);
    equal((await stage.ada.get<{ devices: number }>(`/users/${encodeURIComponent(aor("alice"))}`)).devices, 1);
    // Nobody has looked.
    equal(await tab.look(`document.title.startsWith("(2) ")`), true);
    ok(carol.all("state").every(({ state }) => state !== "displayed"));

    // Frozen: nothing runs there at all. What is said meanwhile is there once when it is looked at again.
    await tab.send("Page.setWebLifecycleState", { state: "frozen" });
    await says("Into the ice");
    await says("And once more");
    await carol.event("state", ({ ref }) => ref === "And once more");
    await browser.show(tab);
    await tab.send("Page.setWebLifecycleState", { state: "active" });
    // No window of this machine has the focus by itself.
    await tab.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    const all = ["Behind", "Behind for long", "Into the ice", "And once more"];
    await tab.until(`document.visibilityState === "visible" && ${SAID}.length >= 4`, "all that was said");
    await carol.event("state", ({ ref, state }) => ref === "And once more" && state === "displayed");
    deepEqual(await tab.look(SAID), all);
    await tab.until(`!document.title.startsWith("(")`, "nothing is unread");
    equal(await tab.look(ONLINE), true);
  },
);
