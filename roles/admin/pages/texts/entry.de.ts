import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./entry.en.ts";

export const de: Translation<typeof en> = {
  "title": "Anmelden",
  "name": "Name",
  "password": "Passwort",
  "submit": "Anmelden",
  "wrong": "Name oder Passwort ist falsch.",
  "throttled": "Zu viele Versuche. Warten Sie {wait} und versuchen Sie es dann noch einmal.",
  "ended": "Melden Sie sich an, um fortzufahren.",
  "no-admin":
    "Diese Box hat noch keinen Administrator. Öffnen Sie den Einrichtungslink, den sie beim Start auf ihrer Konsole oder in ihrem Protokoll ausgegeben hat.",
  "code.title": "Noch ein Schritt",
  "code.lead": "Ihr Passwort stimmt. Jetzt der Code Ihres Authenticators.",
  "code": "Sechs Ziffern oder ein Wiederherstellungscode",
  "code.submit": "Weiter",
  "code.wrong": "Dieser Code ist falsch oder wurde schon benutzt.",
  "code.late": "Das hat zu lange gedauert. Bitte beginnen Sie noch einmal.",
  "again": "Neu beginnen",
  "out": "Sie sind abgemeldet.",
  "users": "Sind Sie Benutzer des Dienstes? Ihr eigenes Konto ist unter",
  "users.link": "Mein Konto",
};
