import { defineTexts } from "../../web/ui/mod.ts";

/** What the page says before its script says more. */
export const t = defineTexts({
  starting: "Your messages are being opened …",
  no_script: "This page needs JavaScript. Your devices, your password and your history are without it at",
  account: "My account",
}, {
  de: {
    starting: "Ihre Nachrichten werden geöffnet …",
    no_script: "Diese Seite braucht JavaScript. Ihre Geräte, Ihr Passwort und Ihr Verlauf sind ohne es hier:",
    account: "Mein Konto",
  },
});
