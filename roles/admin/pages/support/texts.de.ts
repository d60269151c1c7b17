import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "Support-Paket",
  "lead": "Alles, was jemand braucht, der Ihnen mit dieser Box hilft, in einer Datei, und nichts darüber hinaus.",
  "inside": "Was darin ist",
  "inside.words":
    "Das ist alles, genau so, wie es hinausgeht. Keine Schlüssel, keine Kennwörter, kein Nachrichtentext; Benutzer und Adressen stehen unter erfundenen Namen, überall denselben.",
  "take": "Als Zip herunterladen",
  "files": { one: "{n} Datei, {size}", other: "{n} Dateien, {size}" },
  "file.of": "Inhalt von {name}",
  "fresh": "Was Sie innerhalb von 15 Minuten holen, ist das, was Sie hier sehen.",
  "tests": "Proben",
  "domain": "Führt DNS hierher?",
  "domain.words": "Fragt den Nameserver nach den Einträgen, über die Clients und andere Server diese Domain finden.",
  "domain.field": "Domain",
  "domain.do": "DNS fragen",
  "question": "Gefragt",
  "answer": "Antwort",
  "verdict": "Urteil",
  "ok": "führt hierher",
  "not_ok": "führt nicht hierher",
  "listen": "Lassen sich diese Türen öffnen?",
  "listen.words":
    "Versucht jede Adresse und jeden Port für einen Augenblick; nichts bleibt offen. Türen, die diese Box offen hat, zählen mit.",
  "listen.field": "Türen, eine je Zeile",
  "listen.hint": "Zum Beispiel: tls://0.0.0.0:5061",
  "listen.do": "Versuchen",
  "door": "Tür",
  "free": "lässt sich öffnen",
  "results": "Ergebnis",
  "look_only": "Proben brauchen das Recht, Einstellungen zu ändern.",
};
