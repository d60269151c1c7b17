import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const fr = {
  "rooms": "Salons",
  "create": "Nouveau salon",
  "begin": "Écrire à plusieurs",
  "known": "Vos salons",
  "known-none": "Vous n’appartenez à aucun autre salon",
  "known-none-text":
    "Créez-en un, ou cherchez un salon public ci-dessous. Les salons où vous êtes se trouvent parmi vos conversations.",
  "find": "Trouver un salon public",
  "words": "Mots de son nom ou de son sujet",
  "search": "Chercher",
  "alias-note":
    "Dans les salons publics, vous choisissez un nom avant votre premier mot. Votre vraie adresse reste cachée.",
  "found": { one: "{n} salon trouvé", other: "{n} salons trouvés" },
  "found-none": "Aucun salon public n’a été trouvé.",
  "members": { one: "{n} membre", other: "{n} membres" },
  "join": "Entrer",
  "join-name": "Entrer dans {name}",
  "join-failed": "Ce n’est pas l’adresse d’un salon, ou trop de salons sont ouverts.",
  "by-address": "Entrer avec l’adresse",
  "address": "Adresse du salon",
  "address-hint": "La personne qui a créé le salon peut vous la donner.",
  "address-wrong": "Ce n’est pas une adresse, comme salon@example.com.",
  "create-title": "Créer un salon",
  "name": "Nom du salon",
  "subject": "De quoi il s’agit",
  "who": "Qui peut venir",
  "private": "Privé",
  "private-hint": "Seules les personnes que vous invitez entrent et le connaissent.",
  "public": "Public",
  "public-hint": "Tout le monde peut le trouver et y entrer. On se voit sous des noms que chacun choisit.",
  "people": "Inviter des personnes",
  "create-do": "Créer le salon",
} satisfies Translation<typeof en>;
