import type { Translation } from "../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const fr: Translation<typeof en> = {
  "no-answer": "Le service ne répond pas.",
  "refused": "Le service dit : {text}",
  "failed": "La page n’a pas pu démarrer : {text}",
  "signed-out": "Vous êtes déconnecté.",
  "again": "Réessayer",
  "sign-in": "Se connecter",
};
