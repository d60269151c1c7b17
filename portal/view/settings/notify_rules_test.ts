import { deepEqual, equal } from "node:assert/strict";
import type { Alert } from "../../model/mod.ts";
import { hasKeyword, howToNotify, isQuiet, type NotifyScene, type NotifyWishes } from "./notify_rules.ts";

const alert: Alert = {
  kind: "message",
  conversation: "sip:bob@x",
  title: "Bob",
  text: "The server is on fire",
  at: 0,
};
const wishes: NotifyWishes = {
  notify: true,
  text: true,
  preview: true,
  sound: true,
  vibration: false,
  whenOpen: false,
  whenClosed: true,
  keywords: [],
  quietHours: { on: false, from: 0, until: 0 },
};
const scene: NotifyScene = { visible: true, open: false, muted: false, minute: 600, permitted: true };
const nothing = { desktop: false, toast: false, sound: false, vibration: false, preview: false };

Deno.test("a hidden page tells by the desktop; one that is seen by itself", () => {
  deepEqual(howToNotify(alert, wishes, { ...scene, visible: false }), {
    ...nothing,
    desktop: true,
    sound: true,
    preview: true,
  });
  deepEqual(howToNotify(alert, wishes, scene), { ...nothing, toast: true, sound: true, preview: true });
});

Deno.test("without leave of the browser the page tells when it is seen again", () => {
  equal(howToNotify(alert, wishes, { ...scene, visible: false, permitted: false }).toast, true);
});

Deno.test("open and closed conversations have switches of their own", () => {
  deepEqual(howToNotify(alert, wishes, { ...scene, open: true }), nothing);
  const told = howToNotify(alert, { ...wishes, whenOpen: true }, { ...scene, open: true });
  deepEqual(told, { ...nothing, sound: true, preview: true });
  deepEqual(howToNotify(alert, { ...wishes, whenClosed: false }, scene), nothing);
  equal(howToNotify(alert, wishes, { ...scene, open: true, visible: false }).desktop, true);
});

Deno.test("off is off, and muted is muted, keywords or not", () => {
  const keywords = ["fire"];
  deepEqual(howToNotify(alert, { ...wishes, keywords, notify: false }, scene), nothing);
  deepEqual(howToNotify(alert, { ...wishes, keywords }, { ...scene, muted: true }), nothing);
});

Deno.test("keywords are told of in quiet hours, and in open conversations", () => {
  const quiet = { ...wishes, quietHours: { on: true, from: 590, until: 610 } };
  deepEqual(howToNotify(alert, quiet, scene), nothing);
  equal(howToNotify(alert, { ...quiet, keywords: ["on FIRE"] }, scene).toast, true);
  equal(howToNotify(alert, { ...wishes, keywords: ["fire"] }, { ...scene, open: true }).sound, true);
});

Deno.test("quiet hours go over midnight", () => {
  const night = { on: true, from: 22 * 60, until: 7 * 60 };
  deepEqual([21 * 60 + 59, 22 * 60, 0, 419, 420].map((minute) => isQuiet(night, minute)), [
    false,
    true,
    true,
    true,
    false,
  ]);
  equal(isQuiet({ on: true, from: 60, until: 60 }, 60), false);
  equal(isQuiet({ ...night, on: false }, 0), false);
});

Deno.test("a keyword is a whole word, whatever stands about it", () => {
  equal(hasKeyword("(Fire!)", ["fire"]), true);
  equal(hasKeyword("firefly", ["fire"]), false);
  equal(hasKeyword("Größe: prüfen", ["größe"]), true);
  equal(hasKeyword("deploy  now", ["deploy now"]), true);
  equal(hasKeyword("x", ["!", ""]), false);
});
