import type { Translation } from "../../../../web/ui/mod.ts";
import type { en } from "./texts.en.ts";

export const de: Translation<typeof en> = {
  "title": "REST-API",
  "lead":
    "Alles, was diese Konsole tut, tut sie über diese API. Beschrieben in OpenAPI 3.1, ausgeliefert von dieser Box.",
  "document": "Das OpenAPI-Dokument",
  "tokens": "API-Token",
  "start": "Wie man beginnt",
  "start.words":
    "Erzeugen Sie ein API-Token mit der Rolle, die Ihr Skript braucht, und senden Sie es mit jeder Anfrage:",
  "start.example": "erstes Beispiel",
  "rules": "Was überall gilt",
  "rule.time": "Zeiten sind Millisekunden seit 1970, in UTC.",
  "rule.problem":
    "Eine Ablehnung ist application/problem+json (RFC 9457); wo Felder falsch sind, nennt „errors“ jedes davon.",
  "rule.etag":
    "Ein Ding hat ein ETag; senden Sie es bei einer Änderung als If-Match, dann geht keine fremde Änderung verloren: 412 sagt, dass es eine gab.",
  "rule.pages": "Lange Listen kommen in Seiten: „next“ der Antwort ist „after“ der nächsten Anfrage.",
  "rule.idempotency":
    "POST mit einem Idempotency-Key wird einmal ausgeführt, wie oft er auch innerhalb von 24 Stunden kommt.",
  "overview": "Überblick",
  "all": "Alle Operationen",
  "path": "Pfad",
  "chapters": "Kapitel",
  "operations": { one: "{n} Operation", other: "{n} Operationen" },
  "permission": "Braucht",
  "permission.public": "nichts: offen für alle",
  "permission.any": "irgendeine Sitzung oder ein Token",
  "permission.admin": "die Sitzung eines Administrators",
  "permission.self": "die eigene Sitzung des Benutzers",
  "parameters": "Parameter",
  "parameter": "Name",
  "where": "In",
  "type": "Typ",
  "meaning": "Bedeutung",
  "required": "muss angegeben werden",
  "body": "Inhalt der Anfrage",
  "answers": "Antworten",
  "answer.body": "Antwort",
  "example": "Beispiel",
  "schemas": "Schemata",
  "problems": "Arten von Ablehnungen",
  "problems.words": "Der letzte Teil von „type“ sagt, welche es ist.",
  "status": "Status",
  "none": "Das Dokument lässt sich nicht lesen.",
};
