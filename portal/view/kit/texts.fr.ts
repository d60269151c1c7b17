import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const fr = {
  close: "Fermer",
  cancel: "Annuler",
  retry: "Réessayer",
  save: "Enregistrer",
  remove: "Supprimer",
  loading: "Chargement…",
  update: "Il y a une version plus récente de cette page. Ce que vous avez écrit reste.",
  "update-load": "La charger maintenant",
  "presence.available": "Disponible",
  "presence.busy": "Occupé",
  "presence.away": "Absent",
  "presence.offline": "Hors ligne",
  "presence.unknown": "Statut inconnu",
  "presence.invisible": "Invisible",
  "problem.after": { one: "Réessayez dans {n} seconde.", other: "Réessayez dans {n} secondes." },
  "problem.silent": "Le service n’a pas répondu.",
  "problem.forbidden": "Le service ne l’autorise pas.",
  "problem.missing": "Le service ne le connaît pas.",
  "problem.large": "C’est plus volumineux que ce que le service accepte.",
  "problem.busy": "Le service est surchargé.",
  "problem.other": "Le service a refusé ({status}).",
} satisfies Translation<typeof en>;
