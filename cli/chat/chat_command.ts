import type { Flags } from "../arguments.ts";
import type { Command } from "../command.ts";

const CHAT_FLAGS: Flags = {
  as: { value: "SIP-URI", help: "your account: sip:alice@example.test" },
  server: {
    value: "URL",
    help: "the service: tcp://HOST:5060, tls://HOST:5061, ws://HOST:8080/ws, wss://…, udp://… (default: by DNS)",
  },
  user: { value: "NAME", help: "the name to log in with (default: the user part of --as)" },
  "password-file": { value: "FILE", help: "its first line is the password (else PARLEY_PASSWORD, or you are asked)" },
  name: { value: "NAME", help: "the name that others see" },
  mode: { value: "MODE", help: "how lines are sent: session (default), pager, large" },
  msrp: { value: "HOW", help: "how sessions travel: tcp, tls, ws, wss (default: as --server)" },
  relay: { value: "URI", help: "sessions go through this MSRP relay: msrps://relay.example.test:2856;tcp" },
  door: { value: "URL", help: "others may connect to you for sessions: tcp://ADDRESS:PORT, tls://…" },
  files: { value: "DIR", help: "the folder for files that come (default: none are taken)" },
  ask: { value: null, help: "take chats and files only after /accept and /get" },
  listen: { value: null, help: "wait for others; no SIP-URI is needed" },
  echo: { value: null, help: "send back what comes, for trying a box" },
  ca: { value: "FILE", help: "trust these authorities, too (PEM)" },
  insecure: { value: null, help: "take any certificate: somebody in between may read and change everything" },
  "no-register": { value: null, help: "do not register: straight to the other side" },
};

/** `chat`: an IM client, for trying a box and for scripts. What it stands on is loaded only when it runs. */
export const chat: Command = {
  name: "chat",
  words: "[SIP-URI]",
  summary: "an IM client: chat with somebody, or wait for others with --listen",
  flags: CHAT_FLAGS,
  run: async (context, args) => (await import("./chat_run.ts")).runChat(context, args),
};
