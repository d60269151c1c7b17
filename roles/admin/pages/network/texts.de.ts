import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "Netz",
  "lead": "Wie diese Box heißt, welche Zugänge sie öffnet und wem sie glaubt.",
  "name": "Namen",
  "name.hint":
    "Die Domäne steht hinter dem @ in jeder Benutzeradresse. Nehmen Sie eine, die Ihnen gehört: .local beansprucht mDNS, und Geräte finden die Box darunter nicht.",
  "local":
    "Namen unter .local beansprucht mDNS: viele Geräte fragen dafür keinen Namensserver. Nehmen Sie besser eine Domäne, die Ihnen gehört.",
  "host.hint":
    "Geräte verbinden sich mit diesem Namen, und Zertifikate lauten auf ihn. Er braucht einen Adresseintrag im DNS, der zu dieser Box führt.",
  "doors": "Zugänge",
  "doors.sip": "SIP: wo sich Geräte registrieren",
  "doors.msrp": "MSRP: wo Chat-Sitzungen und Dateien durchlaufen",
  "doors.msrp.local":
    "SIP ist für das Netz offen, MSRP nicht: Geräte anderswo können Nachrichten schicken, aber keine Sitzung beginnen und keine Datei schicken.",
  "doors.web": "Web: diese Konsole und was Geräte laden",
  "doors.local": "Nur diese Maschine",
  "doors.local.hint": "Niemand sonst erreicht sie. {entries}",
  "doors.network": "Mein Netz",
  "doors.network.hint": "Jede Adresse dieser Maschine. {entries}",
  "doors.own": "Wie hier geschrieben",
  "doors.entries": "Einträge",
  "doors.entries.hint": "Je Zeile einer: Transport, Adresse, Port. [::] ist jede Adresse, auch IPv4.",
  "confirm": "Eine Änderung der Zugänge muss bestätigt werden",
  "confirm.text":
    "Die Box startet sofort damit neu und lässt Ihnen {time}, sich durch die neuen Zugänge anzumelden und zu bestätigen. Sonst nimmt sie sie von selbst zurück.",
  "dns": "DNS",
  "trust": "Wem die Box glaubt",
  "peers": "Partner",
  "peers.hint":
    "Andere Domänen, deren Server hier steht, statt im DNS erfragt zu werden. Eine geleerte Zeile entfernt den Partner.",
  "peers.n": "Partner {n}",
  "peers.domain": "Domäne",
  "peers.hop": "Nächster Server",
  "peers.more": "Noch eine Zeile",
  "peers.none": "Kein Partner ist gesetzt; das DNS sagt, wo andere Domänen sind.",
  "test.doors": "Zugänge prüfen",
  "test.domain": "Domäne prüfen",
  "test.title": "Ergebnis der Prüfung",
  "test.doors.text": "Jeder Eintrag wurde kurz geöffnet und wieder geschlossen.",
  "test.domain.text": "Was das DNS über {domain} sagt:",
  "test.ok": "lässt sich öffnen",
  "test.own": "von dieser Box selbst belegt, die ihn für die Änderung freigibt",
  "test.shared": "will denselben Port wie {entry}; einer von beiden braucht einen anderen",
  "test.entry": "Eintrag",
  "test.result": "Ergebnis",
  "test.question": "Frage",
  "test.answer": "Antwort",
  "test.right": "führt hierher",
  "test.wrong": "führt nicht hierher",
  "test.domain.hint":
    "Geräte finden die Box über SRV-Einträge, sonst über die Adresse der Domäne selbst. Zum Ausprobieren kann man ihnen den Rechnernamen auch von Hand geben.",
  "test.failed": "Die Prüfung war nicht möglich: {why}",
};
