import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "Chat-Sitzungen",
  "lead":
    "Wer in diesem Augenblick mit wem eine Sitzung hat, und wie viel übertragen ist. Was gesagt wird, steht nirgends.",
  "refresh": "Aktualisieren",
  "search": "Nach Benutzer suchen",
  "search.hint": "Teil einer Adresse",
  "search.do": "Suchen",
  "list": "Sitzungen, neueste zuerst",
  "shown": { one: "{n} Sitzung von {total}", other: "{n} Sitzungen von {total}" },
  "shown.more": "Andere findet die Suche nach einem Benutzer.",
  "none": "Niemand hat eine Sitzung",
  "none.text": "Chats, große Nachrichten und Dateien stehen hier, solange sie laufen.",
  "none.found": "Keine Sitzung gefunden",
  "none.found.text": "Niemand, in dessen Adresse „{search}“ steht, hat gerade eine Sitzung.",
  "none.all": "Alle zeigen",
  "none.user": "Dieser Benutzer hat gerade keine Sitzung.",
  "who": "Von und mit",
  "mode": "Was",
  "mode.chat": "Chat",
  "mode.large": "Große Nachricht",
  "mode.file": "Datei",
  "since": "Seit",
  "messages": "Nachrichten",
  "octets": "Übertragen",
  "end": "Beenden",
  "end.text":
    "Beiden Seiten wird gesagt, dass sie vorbei ist. Was gerade unterwegs ist, geht verloren; sie können gleich wieder anfangen.",
  "end.what": "Sitzung von {from} mit {to} beenden",
  "ended": "Die Sitzung ist beendet.",
};
