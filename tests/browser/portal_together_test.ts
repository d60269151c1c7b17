/** Presence, lists, messages, history and blocking on one page, with a client that we did not write on the other side. */
import { deepEqual } from "node:assert/strict";
import { Linphone } from "../interop/linphone.ts";
import { passwordOf } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";
import { PortalPage } from "./support/portal_page.ts";
import { aor, named } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";

browserTest(
  "a conversation begins from a search, from the contacts, from a group and from the history, shows how the other one is, and ends with a block from a message; the other one is at a client we did not write [UA-1]",
  async () => {
    // Whoever has not said how old they are can be found.
    await using stage = await Stage.open(named("alice", "dave"), "[search]\nminimum_age = 0\n");
    const { box, browser } = stage;
    const phone = { name: "dave", domain: box.domain, port: box.port, transport: "tcp", friends: ["alice"] } as const;
    const dave = await Linphone.start(phone);
    try {
      const alice = await PortalPage.signIn(browser, stage.origin, "alice", { keeps: true });
      const { page } = alice, dialog = page.locator("dialog[open]"), head = page.locator(".talk-head");
      const composer = page.locator(".composer textarea");
      const isThere = async () => {
        await head.getByRole("heading", { name: "Dave" }).waitFor();
        await composer.waitFor();
      };

      const his = await stage.ada.as("").logIn({ uri: aor("dave"), password: passwordOf("dave") });
      await his.patch(his.user(aor("dave"), "/profile"), { given_name: "Dave" });

      // Searching and messaging: from a search in the service.
      await alice.go("#/people");
      await page.getByRole("button", { name: "Add somebody" }).click();
      await dialog.getByLabel("Name, address or number").fill("Dave");
      await page.keyboard.press("Enter");
      await dialog.getByRole("button", { name: "Write a message: Dave" }).click();
      await composer.waitFor();
      await alice.write("Found you");
      await dave.received(aor("alice"), "Found you");
      await dave.send(aor("alice"), "So you did");
      await alice.holds(["So you did"], ["Found you"]);

      // Group management and presence: a contact, as soon as he agrees, whose status stands where one writes.
      await page.getByRole("button", { name: /^Add dave/i }).click();
      await page.getByRole("button", { name: /^Add dave/i }).waitFor({ state: "detached" });
      const asked = his.user(aor("dave"), "/contact-requests");
      const { requests } = await his.get<{ requests: readonly { id: string }[] }>(asked);
      await his.post(`${asked}/${requests[0].id}/agree`);
      await head.getByText("Available").waitFor();

      // From the contacts, and from a group of them.
      await alice.go("#/people");
      const contact = page.locator(".contact").filter({ hasText: "Dave" });
      await contact.getByText("Available").waitFor();
      await contact.getByRole("link", { name: /Dave/ }).click();
      await isThere();
      await alice.go("#/people");
      await page.getByRole("button", { name: "New list" }).click();
      await dialog.getByLabel("Name of the list").fill("Choir");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await contact.getByRole("button", { name: "Actions for Dave" }).click();
      await page.getByRole("menuitem", { name: "Choose lists" }).click();
      await dialog.getByRole("checkbox", { name: "Choir" }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await page.getByRole("list", { name: "Choir" }).getByRole("link", { name: /Dave/ }).click();
      await isThere();
      await alice.write("From the choir");
      await dave.received(aor("alice"), "From the choir");

      // From the history.
      await alice.go("#/history");
      await page.locator(".history-row a.history-main-link").first().click();
      await isThere();
      await alice.holds(["So you did"], ["Found you", "From the choir"]);

      // Gone, and it is seen; what he said last is where he is blocked.
      await dave.stop();
      await head.getByText("Offline").waitFor();
      await page.locator(".message", { hasText: "So you did" }).hover();
      await page.locator(".message", { hasText: "So you did" }).getByRole("button", { name: "Message actions" })
        .click();
      await page.getByRole("menuitem", { name: "Block Dave" }).click();
      await dialog.getByRole("button", { name: "Block Dave" }).click();
      await dialog.waitFor({ state: "detached" });
      const mine = await stage.ada.as("").logIn({ uri: aor("alice"), password: passwordOf("alice") });
      await eventually(async () => {
        const { contacts } = await mine.get<{ contacts: readonly { uri: string; blocked: boolean }[] }>(
          mine.user(aor("alice"), "/contacts"),
        );
        return contacts.some(({ uri, blocked }) => uri === aor("dave") && blocked);
      }, "Dave is blocked at the service");
      deepEqual(browser.complaints, []);
    } finally {
      await dave.kill().catch(() => {}); // it may have been stopped above
    }
  },
  ["linphonec", "script"],
);
