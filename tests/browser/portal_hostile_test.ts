/** What a hostile sender gets through a real box to a real page: shown as what it is, or not at all; nothing of it acts. */
import { Buffer } from "node:buffer";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { newMessageIdentity } from "../../client/message_identity.ts";
import { ImDevice } from "../support/im_device.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { EVIL, Watch } from "./support/evil.ts";
import { PortalPage } from "./support/portal_page.ts";
import { aor, named } from "./support/portal_people.ts";
import { browserTest, Stage } from "./support/stage.ts";

/** Characters that turn the direction of what follows, or end that (Unicode, Bidirectional Algorithm). */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;
const TURNED = "\u202e\u2066gpj.exe\u2067";
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="broken()"><script>broken()</script>` +
  `<image href="http://evil.test/x.png"/></svg>`;
/** CSS pixels: folded, the largest message is no taller than a screen and a third, on a phone. */
const HIGHEST = 1200;

/** A PNG that says it is so large, with almost nothing in it. */
function pictureBomb(side: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rows = deflateSync(new Uint8Array(1_000_000), { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", new Uint8Array())]);
}

function cpim(head: readonly string[], inner: readonly string[], body: string): string {
  return [...head, "", ...inner, "", body].join("\r\n");
}

const PLAIN = ["Content-Type: text/plain; charset=utf-8"];

/** Bodies of MESSAGE by their media types. */
const MESSAGES: readonly (readonly [string, string])[] = [
  ["text/plain;charset=UTF-8", EVIL],
  [
    "text/plain;charset=UTF-8",
    "javascript:alert(1) data:text/html,<script>alert(1)</script> http://evil.test/pixel.png",
  ],
  ["text/plain;charset=UTF-8", `https://safe.test\u202e/moc.live//:sptth and ${TURNED} stay in their line`],
  ["text/plain;charset=UTF-8", "W".repeat(20_000)],
  ["text/plain;charset=UTF-8", `Z${"\u0301".repeat(3_000)}algo`],
  ["text/plain;charset=UTF-8", "line\n".repeat(4_000)],
  ["text/plain;charset=x-nonsense", "which charset?"],
  ["text/plain;charset=utf-16", "not at all utf-16"],
  ["text/html", `<body onload=alert(1)>${EVIL}</body>`],
  ["image/svg+xml", SVG],
  ["multipart/mixed;boundary=b", `--b\r\nContent-Type: text/html\r\n\r\n${EVIL}\r\n--b--`],
  ["message/cpim", "no head at all"],
  ["message/cpim", cpim(["From: <<<>>>", `Subject: ${EVIL}`, "DateTime: yesterday"], PLAIN, "strange head")],
  ["message/cpim", cpim([`From: "${EVIL}" <sip:ada@example.test>`, `To: <${aor("alice")}>`], PLAIN, EVIL)],
  ["message/cpim", cpim(["From: <sip:x>"], ["Content-Type: image/svg+xml"], SVG)],
  [
    "message/cpim",
    cpim([`To: <${aor("alice")}>`], ["Content-Type: message/cpim"], cpim([], ["Content-Type: text/html"], EVIL)),
  ],
];

browserTest(
  "script, turned text, giants, broken envelopes, pictures that act and names of files that mislead come through the box, and are shown safely",
  async () => {
    const evilName = `<img src=x onerror=alert(1)> ${TURNED}`;
    const people = named("alice", "mallory", "trudy").map((user) =>
      user.name === "alice" ? user : { ...user, displayName: `${evilName} ${user.name}` }
    );
    await using stage = await Stage.open(people);
    const { box, browser } = stage;
    const alice = await PortalPage.signIn(browser, stage.origin, "alice", {
      keeps: true,
      prepare: (page) => page.addInitScript("globalThis.broken = () => alert('it acts')"),
    });
    const { page } = alice, watch = new Watch(page);
    const raw = await SipClient.open({ user: "mallory", domain: box.domain, port: box.port, transport: "tcp" });
    const trudy = await ImDevice.open(box, "trudy");
    try {
      equal(statusOf(await raw.register()), 200);
      let taken = 0;
      for (const [type, body] of MESSAGES) {
        const answer = await raw.request({
          method: "MESSAGE",
          uri: aor("alice"),
          to: `<${aor("alice")}>`,
          from: `"${evilName.replaceAll('"', "")}" <${aor("mallory")}>`,
          headers: [`Content-Type: ${type}`, `Subject: ${EVIL.replaceAll("\n", "")}`],
          body,
        });
        const status = statusOf(answer);
        ok(status < 500, `${type}: ${answer.start}`);
        if (status < 300) taken++;
      }
      ok(taken >= 8, `${taken} of ${MESSAGES.length} were taken`);
      const content = (type: string, octets: Uint8Array) =>
        trudy.client.sendMessage(aor("alice"), type, octets, newMessageIdentity());
      content("image/svg+xml", new TextEncoder().encode(SVG));
      content("image/png", pictureBomb(60_000));
      content("image/png", new TextEncoder().encode(SVG));
      trudy.client.sendLargeText(aor("alice"), `Giant ${"giant ".repeat(170_000)}`);
      const page1 = new TextEncoder().encode(`<script>broken()</script>`);
      for (
        const name of ["../../x.html", `report${TURNED}`, `<img src=x onerror=broken()>.html`, "C:\\boot.ini\u0000.png"]
      ) {
        const open = (from: number) => {
          const blocks = [page1.subarray(from)];
          return { read: () => Promise.resolve(blocks.pop() ?? null) };
        };
        trudy.client.sendFile(aor("alice"), { name, size: page1.length, type: "text/html", sha1: null, open });
      }
      await alice.list();
      await page.locator('a.talk[href*="mallory"]').waitFor();
      await page.locator('a.talk[href*="trudy"]').waitFor();
      await page.locator(".toast").first().waitFor();

      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        const place = async (name: string) => {
          const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth") as number;
          ok(over <= 0, `${name} at ${width} is ${over} px too wide`);
          ok(!TURNING.test(await page.title()), "the title is not turned");
          equal(await page.locator(".app :is(script, iframe, object, embed, base, form[action])").count(), 0);
          const sources = await page.locator(".app img").evaluateAll((all) =>
            all.map((one) => (one as unknown as { src: string }).src)
          );
          ok(sources.every((src) => src.startsWith("blob:")), sources.join());
          await browser.shot(page, `portal-hostile-${name}-${width}`);
        };
        await alice.list();
        await place("list");
        for (const who of ["mallory", "trudy"]) {
          await alice.talk(aor(who));
          await page.locator(".log .message").first().waitFor();
          if (who === "trudy" && width === 1280) {
            await page.locator(".log .file").nth(3).waitFor();
            await page.locator(".log .said").filter({ hasText: "Giant giant" }).waitFor();
          }
          for (const message of await page.locator(".log .message").all()) {
            await message.scrollIntoViewIfNeeded();
            const { height } = (await message.boundingBox())!;
            ok(height < HIGHEST, `a message is ${height} px high: ${(await message.innerText()).slice(0, 80)}`);
          }
          ok(!TURNING.test(await page.locator("h1 bdi").last().innerText()), "the heading is not turned");
          for (const link of await page.locator(".log a").all()) {
            match(await link.evaluate((a) => (a as unknown as URL).protocol), /^https?:$/);
            match(await link.getAttribute("rel") ?? "", /noopener/);
          }
          await place(who);
        }
      }
      // Texts are there as what they are.
      await alice.talk(aor("mallory"));
      const texts = (await alice.shown()).map(({ text }) => text);
      equal(texts.filter((text) => text === EVIL).length >= 1, true, "the script is read as text");
      // Names of files lead nowhere else, and say what they are; what is saved is called so.
      await alice.talk(aor("trudy"));
      const names = await page.locator(".log .card-name").allTextContents();
      equal(names.length, 4, names.join());
      for (const name of names) ok(!TURNING.test(name) && !/[/\\\u0000]|\.\./.test(name), JSON.stringify(name));
      const file = page.locator(".log .file").filter({ hasText: names[0] });
      await file.getByRole("button", { name: "Accept", exact: true }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        file.getByRole("button", { name: /^Save/ }).click(),
      ]);
      ok(!/[/\\]|\.\./.test(download.suggestedFilename()), download.suggestedFilename());
      deepEqual(await Deno.readFile(await download.path()), page1);

      // The page is as able as before.
      await alice.write("Still here");
      await trudy.until(() => trudy.texts.includes("Still here"), "the answer");
      deepEqual(watch.ran, []);
      deepEqual(browser.complaints, []);
    } finally {
      raw.close();
      await trudy.close();
    }
  },
);
