import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const fr = {
  "waiting": "Attend votre réponse",
  "later": "Plus tard",
  "wait": { one: "{n} attend votre réponse", other: "{n} attendent votre réponse" },
  "title": "Le service demande",
  "tells": "Le service vous informe",
  "blocking": "Jusqu’à votre réponse, le service vous est fermé.",
  "left": "Temps restant",
  "left-said": { one: "Encore {n} seconde pour répondre", other: "Encore {n} secondes pour répondre" },
  "over": "Le temps est écoulé. Le service décide sans votre réponse.",
  "answers": "Votre réponse",
  "read": "J’ai lu",
  "invites": "{name} vous invite à une conversation",
  "invites-room": "{name} vous invite dans un groupe",
  "about": "Sujet",
  "accept": "Accepter",
  "refuse": "Refuser",
  "accept-from": "Accepter l’invitation de {name}",
  "refuse-from": "Refuser l’invitation de {name}",
  "room-note": "Ses membres voient que vous êtes là quand vous acceptez.",
  "record-title": "Faut-il garder vos conversations ?",
  "record-text":
    "Dans ce cas, le service garde ce que vous dites et ce qu’on vous dit : tous vos appareils le montrent, et vous pouvez y chercher. Vous pouvez changer cela à tout moment dans les réglages.",
  "record-yes": "Les garder",
  "record-no": "Ne pas les garder",
} satisfies Translation<typeof en>;
