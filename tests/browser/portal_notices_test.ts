/** How the users' page tells of messages: by text, by a mark, by sound, by vibration; each can be switched off. */
import { deepEqual, equal } from "node:assert/strict";
import { PortalPage, settles } from "./support/portal_page.ts";
import { aor, named, onCommandLine } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";
import { countTold, type Told, toldBy } from "./support/told.ts";

browserTest(
  "of a message in the conversation that is open the user is told, too, where they want it; by text, a mark, sound and vibration, each of which can be switched off [NOT-7] [NOT-9]",
  async () => {
    await using stage = await Stage.open(named("alice", "carol"));
    await using carol = await onCommandLine(stage, "carol");
    const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", { keeps: true, prepare: countTold });
    const { page } = alice, toasts = page.locator(".toast-text");
    const says = (text: string) => carol.do({ do: "send", to: aor("alice"), text, mode: "pager" });
    const set = async (...names: readonly string[]) => {
      await alice.go("#/settings/notifications");
      for (const name of names) await page.getByRole("switch", { name, exact: true }).click();
    };
    const icon = () => page.locator('link[rel="icon"]').getAttribute("type");
    /** Waits until the page has called so often: a beep has two tones. */
    const called = (what: string, wanted: { beeps: number; vibrations: number } & Partial<Told>) =>
      settles(what, async () => {
        const { tones, vibrations, badge, desktop } = await toldBy(page);
        const { beeps, ...rest } = wanted;
        return [{ tones, vibrations, badge, desktop }, { tones: 2 * beeps, badge: 0, desktop: [], ...rest }];
      });

    // Open before the user's eyes: nothing but the message, as it is at first. The next one counts what was told of by then.
    await alice.talk(aor("carol"));
    await says("Here it is seen");
    await alice.holds(["Here it is seen"], []);
    await alice.go("#/people");
    await says("Elsewhere it is told");
    await toasts.getByText("Elsewhere it is told").waitFor();
    await called("a closed conversation", { beeps: 1, vibrations: 1, badge: 1 });
    equal(await toasts.count(), 1);
    equal(await icon(), "image/png");
    equal(await page.title(), "(1) People – Parley");

    // Open, and told of all the same: by sound and vibration, for the text is there already.
    await set("For the conversation before my eyes, too");
    await alice.talk(aor("carol"));
    await says("Now it is told, too");
    await alice.holds(["Here it is seen", "Elsewhere it is told", "Now it is told, too"], []);
    await called("an open conversation", { beeps: 2, vibrations: 2 });
    equal(await icon(), "image/svg+xml");
    equal(await toasts.getByText("Now it is told, too").count(), 0);

    // Open, but the user reads further up: a word where new ones come.
    await says(Array.from({ length: 80 }, (_, n) => `Line ${n + 1}`).join("\n"));
    await page.locator(".log .said").filter({ hasText: "Line 1" }).waitFor();
    await called("a long one", { beeps: 3, vibrations: 3 });
    await page.locator(".log").focus();
    await page.keyboard.press("Home");
    await page.locator(".log").evaluate((log) => log.scrollTop = 0);
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    await says("Below what is read");
    await page.getByRole("button", { name: "1 new message" }).click();
    await page.locator(".log .said").getByText("Below what is read").waitFor();
    await called("further up", { beeps: 4, vibrations: 4 });

    // Each by itself is silent when it is switched off.
    await set("By sound");
    await alice.list();
    await says("Without a sound");
    await toasts.getByText("Without a sound").waitFor();
    await called("sound is off", { beeps: 4, vibrations: 5, badge: 1 });
    await set("By vibration");
    await says("Without a shake");
    await toasts.getByText("Without a shake").waitFor();
    await called("vibration is off", { beeps: 4, vibrations: 5, badge: 2 });
    await set("By a mark");
    equal(await icon(), "image/svg+xml");
    await says("Without a mark");
    await toasts.getByText("Without a mark").waitFor();
    await called("the mark is off", { beeps: 4, vibrations: 5 });
    equal(await icon(), "image/svg+xml");
    await set("By text", "By sound");
    await says("Without a word");
    await called("only sound is on", { beeps: 5, vibrations: 5 });
    equal(await toasts.getByText("Without a word").count(), 0);
    deepEqual(stage.browser.complaints, []);
  },
);
