import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const de = {
  "rooms": "Räume",
  "create": "Neuer Raum",
  "begin": "An mehrere schreiben",
  "known": "Ihre Räume",
  "known-none": "Sie gehören zu keinem anderen Raum",
  "known-none-text":
    "Legen Sie einen an oder suchen Sie unten einen öffentlichen. Räume, in denen Sie gerade sind, stehen bei Ihren Unterhaltungen.",
  "find": "Einen öffentlichen Raum finden",
  "words": "Wörter in Name oder Thema",
  "search": "Suchen",
  "alias-note":
    "In öffentlichen Räumen wählen Sie vor dem ersten Wort einen Namen. Ihre wirkliche Adresse bleibt verborgen.",
  "found": { one: "{n} Raum gefunden", other: "{n} Räume gefunden" },
  "found-none": "Kein öffentlicher Raum wurde gefunden.",
  "members": { one: "{n} Mitglied", other: "{n} Mitglieder" },
  "join": "Beitreten",
  "join-name": "Beitreten: {name}",
  "join-failed": "Das ist keine Adresse eines Raums, oder es sind zu viele Räume offen.",
  "by-address": "Mit der Adresse beitreten",
  "address": "Adresse des Raums",
  "address-hint": "Wer den Raum angelegt hat, kann sie Ihnen sagen.",
  "address-wrong": "Das ist keine Adresse wie raum@example.com.",
  "create-title": "Einen Raum anlegen",
  "name": "Name des Raums",
  "subject": "Worum es geht",
  "who": "Wer kommen darf",
  "private": "Privat",
  "private-hint": "Nur wen Sie einladen, kommt hinein und weiß davon.",
  "public": "Öffentlich",
  "public-hint": "Alle können ihn finden und hineinkommen. Man sieht sie unter Namen, die sie wählen.",
  "people": "Personen einladen",
  "create-do": "Raum anlegen",
} satisfies Translation<typeof en>;
