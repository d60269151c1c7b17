import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const de = {
  "waiting": "Wartet auf Ihre Antwort",
  "later": "Später",
  "wait": { one: "{n} wartet auf Ihre Antwort", other: "{n} warten auf Ihre Antwort" },
  "title": "Der Dienst fragt",
  "tells": "Der Dienst teilt mit",
  "blocking": "Bis Sie antworten, ist der Dienst für Sie geschlossen.",
  "left": "Verbleibende Zeit",
  "left-said": { one: "Noch {n} Sekunde für die Antwort", other: "Noch {n} Sekunden für die Antwort" },
  "over": "Die Zeit ist um. Der Dienst entscheidet ohne Ihre Antwort.",
  "answers": "Ihre Antwort",
  "read": "Gelesen",
  "invites": "{name} lädt Sie zu einer Unterhaltung ein",
  "invites-room": "{name} lädt Sie in eine Gruppe ein",
  "about": "Thema",
  "accept": "Annehmen",
  "refuse": "Ablehnen",
  "accept-from": "Annehmen: Einladung von {name}",
  "refuse-from": "Ablehnen: Einladung von {name}",
  "room-note": "Die Mitglieder sehen, dass Sie da sind, wenn Sie annehmen.",
  "record-title": "Sollen Ihre Unterhaltungen aufbewahrt werden?",
  "record-text":
    "Dann bewahrt der Dienst auf, was Sie sagen und was Ihnen gesagt wird: alle Ihre Geräte zeigen es, und Sie können es durchsuchen. In den Einstellungen lässt sich das jederzeit ändern.",
  "record-yes": "Aufbewahren",
  "record-no": "Nicht aufbewahren",
} satisfies Translation<typeof en>;
