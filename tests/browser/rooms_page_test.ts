/** The console's page for rooms, with people in them: what an admin must be able to do there is done without script, and by keyboard. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ImDevice } from "../support/im_device.ts";
import { Keyboard } from "./support/keyboard.ts";
import { browserTest, press, Stage } from "./support/stage.ts";

browserTest(
  "an admin finds a room, sends somebody out and ends it: without script, and by keyboard alone",
  async () => {
    await using stage = await Stage.open(["alice", "bob", "carol"]);
    const { box, browser, origin } = stage;
    const devices = [
      await ImDevice.open(box, "alice"),
      await ImDevice.open(box, "bob"),
      await ImDevice.open(box, "carol"),
    ];
    const [alice, bob, carol] = devices;
    try {
      const room = alice.client.openRoom([bob.uri, carol.uri], "Lunch on Friday")!;
      for (const device of [bob, carol]) await device.until(() => device.notes.chats[0]?.state === "open", "the room");
      room.send("the gold is under the oak");
      await carol.until(() => carol.texts.length === 1, "what is said");

      const plain = await stage.admin("ada", { script: false });
      await press(plain, 'nav a[href="/admin/rooms"]');
      await plain.locator('[name="search"]').fill("friday bob");
      await press(plain, "main form[role=search] button");
      await press(plain, "main table a");
      const main = () => plain.locator("main").innerText();
      match(await main(), /3 here/);
      await plain.locator("#people tr", { hasText: bob.uri }).locator("summary").click();
      await press(plain, `#people tr:has-text("${bob.uri}") form button`);
      await bob.until(() => bob.notes.events.some((event) => event.startsWith("ended")), "bob is told");
      match(bob.notes.events.join(" | "), /An administrator has put you out of the room/);
      match(await main(), /sip:bob@example\.test is out\./);
      equal(await plain.locator("#people tbody tr").count(), 2);
      await press(plain, '#people a[href$="gone=true"]');
      match(await plain.locator("#people").innerText(), /sip:bob@example\.test[\s\S]*Was put out/);
      ok(!/gold|oak/.test(await plain.content()));

      const page = await stage.admin();
      const keys = new Keyboard(page);
      await page.goto(`${origin}/admin/rooms`);
      await keys.toText("Lunch on Friday", "a");
      await keys.go();
      await keys.toText("End the room", "summary");
      await keys.press("Enter");
      await keys.toText("End it for everybody", "button");
      await keys.go();
      match(await page.locator("main").innerText(), /The room is over\.[\s\S]*Nobody is in a room/);
      for (const device of [alice, carol]) {
        await device.until(() => device.notes.events.some((event) => event.startsWith("ended")), "all are told");
        match(device.notes.events.join(" | "), /The operator has ended the chat/);
      }
      deepEqual([...keys.faults, ...browser.complaints], []);
    } finally {
      for (const device of devices) await device.close();
    }
  },
);
