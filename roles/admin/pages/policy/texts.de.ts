import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "Nachrichtenregeln",
  "lead": "Was geschickt werden darf, wie groß es sein darf und wie lange es auf Abwesende wartet.",
  "send": "Was geschickt werden darf",
  "send.hint":
    "Gilt für jede Nachricht unterwegs: ein nicht erlaubter Typ wird mit 415 abgewiesen, eine zu große mit 413.",
  "sessions": "Chat-Sitzungen und Dateien",
  "sessions.hint":
    "Was zwei Benutzer in einer Sitzung austauschen dürfen, wie groß es sein darf, wie viele Sitzungen einer haben darf und welchen Weg die Inhalte nehmen. Eine zu große Datei wird abgewiesen, bevor etwas übertragen wird.",
  "delivery": "Zustellung",
  "waiting": "Wartende Nachrichten",
  "waiting.hint":
    "Für Benutzer, die nicht erreichbar sind. Was zu lange wartet oder keinen Platz mehr findet, wird dem Absender abgewiesen.",
  "profile": "Womit neue Benutzer beginnen",
  "profile.hint": "Vorgaben für das Profil neuer Benutzer. Wer schon da ist, behält, was er hat.",
  "tell": "Allen mitteilen",
  "tell.hint":
    "Schickt die geltenden Regeln als Systemnachricht an alle Benutzer; wer nicht erreichbar ist, bekommt sie später. Die Worte können Sie ändern.",
  "tell.text": "Nachricht",
  "tell.send": "An alle schicken",
  "tell.sent": { one: "Auf dem Weg zu einem Benutzer.", other: "Auf dem Weg zu {n} Benutzern." },
  "tell.open": "Nachricht schreiben",
  "tell.look": "Verschickte Nachrichten",
  "words": "Die Nachrichtenregeln von {domain}, die jetzt gelten:",
  "words.size": "Eine Nachricht darf höchstens {size} haben.",
  "words.types": "Diese Typen dürfen geschickt werden: {types}.",
  "words.session": "In einer Chat-Sitzung darf eine Nachricht {size} haben, eine Datei {file}.",
  "words.any": "Inhalte aller Typen dürfen geschickt werden.",
  "words.keep": "Nachrichten für Sie werden {days} Tage aufbewahrt, wenn Sie nicht erreichbar sind, höchstens {most}.",
  "words.quota": "{n} Nachrichten dürfen auf Sie warten, zusammen {size}.",
};
