/** Whom a user lets near, on the users' page: blocked people, contacts alone, who may know where they are; read back from the box. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Locator } from "playwright-core";
import { eventually } from "../support/rest.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { Keyboard } from "./support/keyboard.ts";
import { PortalPage } from "./support/portal_page.ts";
import { aor, named, onCommandLine } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";

/** CSS pixels of what a finger has to hit: WCAG 2.2 AA (2.5.8). */
const FINGER = 24;

browserTest(
  "on a phone by touch, and by keyboard alone, the user blocks and unblocks, lets contacts alone write, and says who may know where they are; the documents at the service say so, and count [GM-13]",
  async () => {
    await using stage = await Stage.open(named("alice", "bob", "carol"));
    const { box, browser } = stage;
    await using carol = await onCommandLine(stage, "carol");
    const alice = await PortalPage.signIn(browser, stage.origin, "alice", { keeps: true, view: { width: 360 } });
    const { page } = alice;
    const documents = new XcapClient({ user: "alice", domain: box.domain, port: Number(new URL(stage.origin).port) });
    /** Addresses in one of the user's lists, as its document has it; none where there is no such list. */
    const listed = async (name: string) => {
      const { status, body } = await documents.get(documents.own("resource-lists", "index"));
      if (status === 404) return [];
      equal(status, 200);
      const [, entries = ""] = new RegExp(`<list[^>]*\\bname="${name}"[^>]*>(.*?)</list>`, "s").exec(body) ?? [];
      return [...entries.matchAll(/uri="([^"]*)"/g)].map(([, uri]) => uri);
    };
    const becomes = (what: string, name: string, wanted: readonly string[]) =>
      eventually(async () => JSON.stringify(await listed(name)) === JSON.stringify(wanted), what);
    const privacy = async () => (await documents.get(documents.own("org.parley.privacy", "index"))).body;
    /** A press of a finger. */
    const touch = async (control: Locator) => {
      await control.scrollIntoViewIfNeeded();
      const { width, height } = (await control.boundingBox())!;
      ok(width >= FINGER && height >= FINGER, `${control} is ${width} by ${height}`);
      await control.click();
    };
    /** What Carol hears of a message of hers to Alice. */
    const carolSays = async (text: string) => {
      await carol.do({ do: "send", to: aor("alice"), text, mode: "pager", ref: text });
      return (await carol.event("state", ({ ref, state }) => ref === text && state !== "waiting" && state !== "sent"))
        .state;
    };
    equal(await carolSays("Before all"), "delivered");
    await alice.talk(aor("bob"));
    await touch(page.getByRole("button", { name: /^Add bob/i }));
    await page.getByRole("button", { name: /^Add bob/i }).waitFor({ state: "detached" });

    // By touch, on a page that is 360 pixels wide.
    await alice.go("#/people");
    await touch(page.getByRole("tab", { name: "Blocked" }));
    await page.getByLabel("Address or number to block").fill("carol");
    await touch(page.getByRole("button", { name: "Block", exact: true }));
    await page.getByRole("button", { name: /^Unblock carol/i }).waitFor();
    await browser.shot(page, "portal-blocked-phone");
    await becomes("Carol is blocked", "oma_blockedcontacts", [aor("carol")]);
    equal(await carolSays("Into a wall"), "failed");

    await touch(page.getByRole("tab", { name: "My location" }));
    await touch(page.locator(".toggle").getByText("bob", { exact: false }));
    await becomes("Bob may know where", "oma_locationlist", [aor("bob")]);
    await eventually(
      async () => /locatable[^<]*>\s*(?:true|1)|locatable="true"/.test(await privacy()),
      "contacts are told where",
    );
    await browser.shot(page, "portal-location-phone");

    await alice.go("#/settings/privacy");
    const only = page.getByRole("switch", { name: "Only my contacts may write to me" });
    await touch(page.locator(".toggle").getByText("Only my contacts may write to me", { exact: true }));
    await eventually(
      async () => /contacts-only[^<]*>\s*true|contacts-only="true"/.test(await privacy()),
      "contacts only",
    );
    await browser.shot(page, "portal-privacy-phone");

    // By keyboard alone: all of it back, and seen at each step where one is.
    await page.setViewportSize({ width: 1280, height: 900 });
    await alice.go("#/people");
    const keys = new Keyboard(page);
    await keys.to("the tabs", ({ text }) => /^Contacts/.test(text));
    await keys.press("ArrowRight");
    await keys.toText(/^Unblock carol/i);
    await keys.press("Enter");
    await page.getByText("Nobody is blocked").waitFor();
    await becomes("Carol is not blocked", "oma_blockedcontacts", []);
    equal(await carolSays("Not a contact"), "failed");
    await page.getByRole("tab", { name: "Blocked" }).focus();
    await keys.press("ArrowRight");
    await keys.to("Bob's switch", ({ text, type }) => type === "checkbox" && /^bob/i.test(text));
    await keys.press("Space");
    await becomes("nobody may know where", "oma_locationlist", []);
    await alice.go("#/settings/privacy");
    await keys.to("contacts only", ({ text, type }) => type === "checkbox" && text.startsWith("Only my contacts"));
    equal(await only.isChecked(), true);
    await keys.press("Space");
    await eventually(
      async () => !/contacts-only[^<]*>\s*true|contacts-only="true"/.test(await privacy()),
      "all may write",
    );
    deepEqual(keys.faults, []);
    equal(await carolSays("Through again"), "delivered");
    await alice.list();
    await alice.pick("Carol");
    await alice.holds(["Before all", "Through again"], []);
    deepEqual(browser.complaints, []);
  },
);
