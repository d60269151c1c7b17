import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const de = {
  skip: "Zum Inhalt springen",
  pages: "Seiten",
  conversations: "Unterhaltungen",
  chats: "Chats",
  people: "Personen",
  rooms: "Räume",
  history: "Verlauf",
  settings: "Einstellungen",
  unread: { one: "{n} ungelesene Nachricht", other: "{n} ungelesene Nachrichten" },
  requests: { one: "{n} Anfrage", other: "{n} Anfragen" },
  me: "{name}, {status}",
  connecting: "Verbindung zum Dienst wird hergestellt …",
  waiting: "Keine Verbindung zum Dienst. Es wird von selbst wieder versucht.",
  countdown: { one: "Nächster Versuch in {n} Sekunde.", other: "Nächster Versuch in {n} Sekunden." },
  offline: "Dieses Gerät hat kein Netz. Sie können trotzdem schreiben.",
  refused: "Der Dienst lässt Sie nicht herein: {reason}",
  "refused.plain": "Der Dienst lässt Sie nicht herein.",
  "signed-out": "Sie sind abgemeldet. Was Sie geschrieben haben, bleibt erhalten.",
  "sign-in": "Wieder anmelden",
  "try-now": "Jetzt versuchen",
  queued: {
    one: "{n} Nachricht wird gesendet, sobald die Verbindung wieder steht.",
    other: "{n} Nachrichten werden gesendet, sobald die Verbindung wieder steht.",
  },
  "page-failed": "Diese Seite konnte nicht geladen werden.",
  reload: "Neu laden",
} satisfies Translation<typeof en>;
