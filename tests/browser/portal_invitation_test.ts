/** Chats between two by session, which one side invites to and the other accepts or declines: the users' page on either side. */
import { deepEqual, equal } from "node:assert/strict";
import { PortalPage } from "./support/portal_page.ts";
import { aor, named, onCommandLine } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";
import { countTold, toldBy } from "./support/told.ts";

browserTest(
  "who invites the page's user to a chat of two is shown, told of, and accepted or declined by one press; and the user invites from the page [NOT-1] [CHAT-15]",
  async () => {
    await using stage = await Stage.open(named("alice", "carol", "dave"));
    await using carol = await onCommandLine(stage, "carol");
    await using dave = await onCommandLine(stage, "dave", "--ask");
    const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", { keeps: true, prepare: countTold });
    const { page } = alice, menu = page.getByRole("button", { name: "More about this conversation" });
    const state = page.locator(".talk-title [role=status]");

    // Invited: the other side waits until the user says so, and no sooner is there anything to read.
    await alice.go("#/settings/privacy");
    await page.getByRole("switch", { name: "Ask me before a chat begins" }).click();
    await carol.do({ do: "send", to: aor("alice"), text: "May I?", mode: "session" });
    const card = page.getByRole("group", { name: /Carol.* invites you to a conversation/ });
    await card.waitFor();
    await page.locator(".toast-title").getByText("Carol").waitFor();
    equal((await toldBy(page)).vibrations, 1);
    equal(carol.all("chat").length, 0);
    await stage.browser.shot(page, "portal-invitation-two");
    await card.getByRole("button", { name: "Accept the invitation of Carol" }).click();
    await carol.event("chat", ({ room, incoming }) => room === "" && !incoming);
    await alice.talk(aor("carol"));
    await alice.holds(["May I?"], []);
    await state.getByText("In a chat").waitFor();
    await alice.write("Of course");
    await carol.event("message", ({ text, mode }) => text === "Of course" && mode === "session");
    await menu.click();
    await page.getByRole("menuitem", { name: "End the chat" }).click();
    await carol.event("chat-ended");
    await state.getByText("In a chat").waitFor({ state: "detached" });

    // Declined: the other side is told so, and nothing is left here.
    await carol.do({ do: "send", to: aor("alice"), text: "Once more?", mode: "session" });
    await page.getByRole("button", { name: "Refuse the invitation of Carol" }).click();
    await carol.event("state", ({ about, state }) => about === "Once more?" && state === "failed");
    await alice.holds(["May I?"], ["Of course"]);
    equal(await page.locator(".ask").count(), 0);

    // The user invites; they accept.
    await alice.talk(aor("dave"));
    await menu.click();
    await page.getByRole("menuitem", { name: "Invite to a chat" }).click();
    await state.getByText("They have not answered yet.").waitFor();
    equal((await dave.event("invitation")).from, aor("alice"));
    await dave.do({ do: "accept" });
    await state.getByText("In a chat").waitFor();
    await alice.write("Welcome");
    await dave.event("message", ({ text, mode }) => text === "Welcome" && mode === "session");
    await dave.do({ do: "end" });
    await state.getByText("In a chat").waitFor({ state: "detached" });

    // They decline.
    const before = dave.all("invitation").length;
    await menu.click();
    await page.getByRole("menuitem", { name: "Invite to a chat" }).click();
    await dave.until(() => dave.all("invitation").length > before, "be invited again");
    await dave.do({ do: "refuse", text: "" });
    await state.getByText("They did not come to the chat.").waitFor();
    // Messages go all the same.
    await alice.write("Then so");
    await dave.event("message", ({ text, mode }) => text === "Then so" && mode === "pager");
    deepEqual(stage.browser.complaints, []);
  },
);
