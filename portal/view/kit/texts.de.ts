import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const de = {
  close: "Schließen",
  cancel: "Abbrechen",
  retry: "Erneut versuchen",
  save: "Speichern",
  remove: "Entfernen",
  loading: "Wird geladen …",
  update: "Es gibt eine neuere Version dieser Seite. Was Sie getippt haben, bleibt.",
  "update-load": "Jetzt laden",
  "presence.available": "Verfügbar",
  "presence.busy": "Beschäftigt",
  "presence.away": "Abwesend",
  "presence.offline": "Offline",
  "presence.unknown": "Status unbekannt",
  "presence.invisible": "Unsichtbar",
  "problem.after": { one: "In {n} Sekunde erneut versuchen.", other: "In {n} Sekunden erneut versuchen." },
  "problem.silent": "Der Dienst hat nicht geantwortet.",
  "problem.forbidden": "Der Dienst erlaubt das nicht.",
  "problem.missing": "Der Dienst kennt das nicht.",
  "problem.large": "Das ist größer, als der Dienst annimmt.",
  "problem.busy": "Der Dienst ist ausgelastet.",
  "problem.other": "Der Dienst hat abgelehnt ({status}).",
} satisfies Translation<typeof en>;
