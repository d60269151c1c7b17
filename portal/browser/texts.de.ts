import type { Translation } from "../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "no-answer": "Der Dienst antwortet nicht.",
  "refused": "Der Dienst sagt: {text}",
  "failed": "Die Seite konnte nicht gestartet werden: {text}",
  "signed-out": "Sie sind abgemeldet.",
  "again": "Erneut versuchen",
  "sign-in": "Anmelden",
};
