import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "Wiederherstellungs\u00adblatt",
  "lead": "Das Eine, das auf Papier gehört: der Schlüssel, der die Sicherungen öffnet, wenn die Box verloren ist.",
  "state": "Stand",
  "state.none": "Es gibt keinen Wiederherstellungs\u00adschlüssel",
  "state.none.text":
    "Wer eine Sicherung hat, kann alles darin lesen. Machen Sie jetzt ein Blatt: es dauert zwei Minuten.",
  "state.ok": "Ein Wiederherstellungs\u00adschlüssel gilt",
  "state.ok.text": "Sicherungen öffnen sich von nun an mit ihm und sonst mit nichts.",
  "id": "Kennung",
  "created": "Gemacht",
  "confirmed": "Bestätigt",
  "new": "Wiederherstellungsblatt machen",
  "new.again": "Neues Blatt machen",
  "new.again.text":
    "Künftige Sicherungen brauchen den neuen Schlüssel. Die vorhandenen behalten den alten: heben Sie das alte Blatt so lange auf wie diese.",
  "owner-only": "Nur ein Eigentümer kann ein Wiederherstellungsblatt machen.",
  "sheet.title": "Dieses Blatt aufheben",
  "sheet.lead":
    "Der Schlüssel wird nur dieses eine Mal gezeigt. Drucken oder schreiben Sie ihn ab, dann bestätigen Sie ihn unten.",
  "sheet": "Parley-Wiederherstellungs\u00adblatt",
  "sheet.box": "Box",
  "sheet.what":
    "Dieser Schlüssel öffnet die Sicherungen dieser Box, die seine Kennung im Namen tragen: Benutzer, Nachrichten, Einstellungen, Admins, Zertifikate. Wer eine Sicherung und diesen Schlüssel hat, hat alles; ohne ihn hat niemand etwas, auch Sie nicht.",
  "sheet.how":
    "Zum Wiederherstellen: eine leere Box starten, ihren Einrichtungslink öffnen, „aus einer Sicherung“ wählen, Datei und Schlüssel angeben.",
  "sheet.keep": "Bewahren Sie es dort auf, wo die Box nicht ist: im Tresor oder in einem Passwortspeicher.",
  "qr": "Der Wiederherstellungsschlüssel als QR-Code",
  "print": "Blatt drucken",
  "print.without": "Drucken Sie diese Seite mit dem Browser, oder schreiben Sie die Gruppen ab.",
  "check": "Bestätigen, dass Sie es haben",
  "check.text": "Tippen Sie diese Gruppen von Ihrem Blatt ab. Erst dann gilt der Schlüssel.",
  "group": "Gruppe {n}",
  "group.wrong": "stimmt nicht",
  "check.do": "Ich habe das Blatt",
  "check.wrong": "Das steht nicht auf dem Blatt. Achten Sie auf die Nummern der Gruppen.",
  "checked": "Der Wiederherstellungsschlüssel gilt. Sicherungen werden von nun an damit versiegelt.",
  "later": "Ein früher gedrucktes Blatt bestätigen",
  "later.text": "Alle Gruppen, wie sie auf dem zuletzt gemachten Blatt stehen.",
  "later.key": "Wiederherstellungsschlüssel",
  "later.do": "Bestätigen",
  "to-backups": "Zu den Sicherungen",
};
