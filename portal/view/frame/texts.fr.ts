import type { Translation } from "../../texts/kit.ts";
import type { en } from "./texts.en.ts";

export const fr = {
  skip: "Aller au contenu",
  pages: "Pages",
  conversations: "Conversations",
  chats: "Discussions",
  people: "Contacts",
  rooms: "Salons",
  history: "Historique",
  settings: "Réglages",
  unread: { one: "{n} message non lu", other: "{n} messages non lus" },
  requests: { one: "{n} demande", other: "{n} demandes" },
  me: "{name}, {status}",
  connecting: "Connexion au service…",
  waiting: "Pas de connexion au service. Une nouvelle tentative a lieu automatiquement.",
  countdown: { one: "Prochaine tentative dans {n} seconde.", other: "Prochaine tentative dans {n} secondes." },
  offline: "Cet appareil n’a pas de réseau. Vous pouvez écrire quand même.",
  refused: "Le service ne vous laisse pas entrer : {reason}",
  "refused.plain": "Le service ne vous laisse pas entrer.",
  "signed-out": "Vous êtes déconnecté. Ce que vous avez écrit est conservé.",
  "sign-in": "Se reconnecter",
  "try-now": "Essayer maintenant",
  queued: {
    one: "{n} message sera envoyé au retour de la connexion.",
    other: "{n} messages seront envoyés au retour de la connexion.",
  },
  "page-failed": "Cette page n’a pas pu être chargée.",
  reload: "Recharger",
} satisfies Translation<typeof en>;
