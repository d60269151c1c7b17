/** A room at one Parley with members at another, over real SIP and MSRP between them (IM-2, IM-8). */
import { deepEqual, equal } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const ROOM = "sip:chess@a.test";

Deno.test(
  "members at another Parley are ordinary ones; when theirs is stopped and started the others never notice, and they come again to the same room [rp:IM-8] [CHAT-19]",
  options,
  async () => {
    const [here, there] = [freePort(), freePort()];
    const peer = (domain: string, port: number) =>
      `[[peer]]\ndomain = "${domain}"\nnext_hop = "sip:127.0.0.1:${port};transport=tcp"\n`;
    await using a = await ParleyProcess.start({
      domain: "a.test",
      port: here,
      users: users("alice", "adam"),
      config: peer("b.test", there),
    });
    await using b = await ParleyProcess.start({
      domain: "b.test",
      port: there,
      users: users("bob", "betty"),
      config: peer("a.test", here),
    });
    const owner = new XcapClient({ user: "alice", domain: "a.test", port: a.webPort });
    const rights = ["join-handling", "allow-conference-state"] as const;
    const text = groupText(ROOM, { membersMay: rights }).replace(
      "<list></list>",
      `<list>${
        ["alice@a.test", "adam@a.test", "bob@b.test", "betty@b.test"].map((user) => `<entry uri="sip:${user}"/>`).join(
          "",
        )
      }</list>`,
    );
    equal((await owner.put(owner.own(GROUPS, "chess"), text)).status, 201);
    owner.close();
    const join = async (device: ImDevice) => {
      const chat = device.client.openChat(ROOM)!;
      await device.until(() => chat.state !== "inviting", "an answer");
      equal(chat.state, "open", device.notes.events.join(" | "));
      return chat;
    };
    const [alice, adam] = [await ImDevice.open(a, "alice"), await ImDevice.open(a, "adam")];
    const [bob, betty] = [await ImDevice.open(b, "bob"), await ImDevice.open(b, "betty")];
    const hers = await join(alice);
    await join(adam);
    const his = await join(bob);
    await join(betty);
    his.send("from the other side");
    for (const device of [alice, adam, betty]) {
      await device.until(() => device.texts.includes("from the other side"), "what bob said");
      equal(device.notes.messages[0].from, "sip:bob@b.test");
    }

    await b.kill();
    hers.send("are you there?");
    await adam.until(() => adam.texts.includes("are you there?"), "what alice said");
    await b.run();
    const again = [await ImDevice.open(b, "bob"), await ImDevice.open(b, "betty")];
    for (const device of again) {
      await join(device);
      await device.until(() => device.texts.includes("are you there?"), "what was said meanwhile");
    }
    hers.send("good");
    for (const device of [adam, ...again]) await device.until(() => device.texts.includes("good"), "what alice said");
    deepEqual(adam.texts, ["from the other side", "are you there?", "good"]);
    deepEqual(adam.notes.events.filter((event) => event !== "registered"), [], "adam noticed nothing");
    for (const device of [bob, betty]) await device.vanish();
    for (const device of [alice, adam, ...again]) await device.close();
  },
);
