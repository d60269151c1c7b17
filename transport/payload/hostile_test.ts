/** Mutated bodies through everything that reads them: a value or a SyntaxError, in bounded time. */
import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { readConferenceInfo } from "./conference_reader.ts";
import { ConferenceRoster } from "./conference_roster.ts";
import { writeConferenceInfo } from "./conference_writer.ts";
import { parseCpim } from "./cpim.ts";
import { readHistoryCommand, readReferences, writeHistoryCommand, writeReferences } from "./history_list.ts";
import { imdnHeaders, imdnsOf, notificationFor } from "./imdn_message.ts";
import { parseIsComposing } from "./is_composing.ts";
import { localFileName } from "./sdp/file_transfer.ts";
import { addressMatchesPath, connectTarget } from "./sdp/msrp_target.ts";
import { intersectTypes } from "./sdp/msrp_types.ts";
import { readMsrpMedia, rewriteMsrpMedia } from "./sdp/msrp_media.ts";
import { isSameDescription, nextDescription } from "./sdp/offer_answer.ts";
import { parseSdp, writeSdp } from "./sdp/session_description.ts";
import { exampleNames, exampleOctets } from "./sdp/testing/examples.ts";
import { parseServiceSettings } from "./service_settings.ts";
import conferences from "./testdata/conference_examples.json" with { type: "json" };
import uriLists from "./testdata/uri_list_examples.json" with { type: "json" };
import { exampleBody } from "./testing/bodies.ts";
import { readUriList } from "./uri_list.ts";
import { collapsedRecipients, recipientHistory } from "./uri_list_history.ts";

const XML = ["rfc3994-5-active.xml", "rfc3994-5-idle.xml", "service-settings.xml"];
const CPIM = ["3862-5.1", "5438-7.1.1.3", "5438-7.2.1.1", "5438-7.2.1.2", "5438-8.1", "5438-8.3"];

function readSdp(octets: Uint8Array): void {
  const sdp = parseSdp(octets);
  assert.deepEqual(parseSdp(writeSdp(sdp)), sdp);
  assert.ok(isSameDescription(sdp, sdp) && nextDescription(sdp, sdp) === sdp);
  for (const section of sdp.media) {
    const media = readMsrpMedia(sdp, section);
    // What was understood can be written, and is then understood as the same.
    const again = rewriteMsrpMedia({ ...section, lines: [] }, media);
    assert.deepEqual(readMsrpMedia({ ...sdp, lines: sdp.lines.slice(0, 2) }, again), media);
    addressMatchesPath(media);
    intersectTypes(media.acceptTypes, media.acceptWrappedTypes);
    localFileName(media.file?.selector.name ?? "");
    connectTarget(media, { cema: true });
  }
}

function readCpim(octets: Uint8Array): void {
  const cpim = parseCpim(octets);
  imdnHeaders(cpim);
  notificationFor(cpim, { kind: "delivery", status: "delivered" }, { now: 0 });
  imdnsOf(cpim);
}

function readConference(octets: Uint8Array): void {
  const info = readConferenceInfo(octets);
  // What was understood can be written, and is then understood as the same.
  assert.deepEqual(readConferenceInfo(writeConferenceInfo(info)), info);
  const roster = new ConferenceRoster();
  roster.receive({ ...info, state: "full", version: 1 });
  const outcome = roster.receive({ ...info, version: 2 });
  assert.equal(outcome, { full: "replaced", partial: "changed", deleted: "over" }[info.state]);
  writeConferenceInfo(roster.info!);
}

function readRecipients(octets: Uint8Array): void {
  const { entries } = readUriList(octets);
  const recipients = collapsedRecipients(entries);
  assert.ok(recipients.length <= entries.length);
  const history = recipientHistory(entries);
  if (history === null) return;
  const shown = readUriList(history).entries.map(({ address }) => address);
  for (const { address, copyControl, anonymize } of recipients) {
    if (shown.includes(address)) continue;
    assert.ok(copyControl === "bcc" || anonymize, address);
  }
}

function readCommand(octets: Uint8Array): void {
  const command = readHistoryCommand(octets);
  // What was understood can be written, and is then understood as the same.
  assert.deepEqual(readHistoryCommand(writeHistoryCommand(command)), command);
}

const COMMANDS = [{ group: "sip:conf-1@example.com;gr" }, { party: "sip:bob@example.com" }]
  .map((conversation) => writeHistoryCommand({ action: "start", conversation, name: "Work/Plan" }));

/** A generator whose numbers are the same in each run (mulberry32). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
  };
}

/** A copy with a few octets changed, pieces cut out, doubled or taken from another body. */
function mutated(octets: Uint8Array, other: Uint8Array, pick: (below: number) => number): Uint8Array {
  let result = octets.slice();
  const odd = [0, 9, 10, 13, 32, 34, 37, 38, 58, 59, 60, 61, 62, 92, 127, 255];
  for (let n = 1 + pick(4); n > 0; n--) {
    const at = pick(result.length);
    const end = Math.min(result.length, at + pick(24));
    const piece = [result.subarray(at, end), other.subarray(pick(other.length)).subarray(0, 24)][pick(2)];
    switch (pick(4)) {
      case 0:
        result[at] = odd[pick(odd.length)];
        break;
      case 1:
        result[at] ^= 1 << pick(8);
        break;
      case 2:
        result = Uint8Array.of(...result.subarray(0, at), ...result.subarray(end));
        break;
      default:
        result = Uint8Array.of(...result.subarray(0, at), ...piece, ...result.subarray(at));
    }
    if (result.length === 0) return octets;
  }
  return result;
}

const ROUNDS = Number(Deno.env.get("PAYLOAD_FUZZ_ROUNDS") ?? 4000);

for (
  const [name, bodies, read] of [
    ["session descriptions", exampleNames().map(exampleOctets), readSdp],
    ["CPIM and notifications", CPIM.map((body) => exampleBody(`rfc${body}.cpim`)), readCpim],
    ["composing notices", XML.map(exampleBody), parseIsComposing],
    ["conference information", conferences.map(({ text }) => utf8(text)), readConference],
    ["lists of URIs", uriLists.map(({ text }) => utf8(text)), readRecipients],
    ["commands to record", COMMANDS, readCommand],
    ["lists of references", [writeReferences(["h-a1", "h-b2"]), writeReferences(["h-c3"])], readReferences],
    ["service settings", XML.map(exampleBody), parseServiceSettings],
  ] as const
) {
  Deno.test(`mutated ${name} are read or refused`, () => {
    const pick = random(7);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const octets = mutated(bodies[pick(bodies.length)], bodies[pick(bodies.length)], pick);
      try {
        read(octets);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw new Error(`round ${round}: ${octets}`, { cause: error });
        refused++;
      }
    }
    assert.ok(refused > 0 && refused < ROUNDS, `${refused} of ${ROUNDS} were refused`);
  });
}
