import type { ContactModel, ConversationModel } from "../../../model/mod.ts";

/** What words find: conversations, contacts whom none of them is with, and an address to write to. */
export interface Found {
  readonly conversations: readonly ConversationModel[];
  readonly contacts: readonly ContactModel[];
  /** "" where the words are no address, or one that is found already. */
  readonly address: string;
}

const MOST_CONTACTS = 20;

/** All conversations and nobody else for no words. */
export function findTalks(words: string, list: readonly ConversationModel[], contacts: readonly ContactModel[]): Found {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return { conversations: list, contacts: [], address: "" };
  const fits = (name: string, address: string) => {
    const text = `${plain(name)} ${plain(address)}`;
    return wanted.every((word) => text.includes(word));
  };
  const keys = new Set(list.map(({ key }) => key));
  const conversations = list.filter((one) => fits(one.title.value, one.key));
  const people = contacts.filter(({ uri, name }) => !keys.has(uri) && fits(name, uri)).slice(0, MOST_CONTACTS);
  const address = addressIn(words.trim());
  const known = address === "" || keys.has(address) || people.some(({ uri }) => uri === address);
  return { conversations, contacts: people, address: known ? "" : address };
}

/** A SIP address or a number as somebody types it; "" for what is none. */
function addressIn(words: string): string {
  if (/^sips?:[^\s@<>]+@[^\s@<>]+$/i.test(words)) return words;
  if (/^[^\s@<>:]+@[^\s@<>:]+$/.test(words)) return `sip:${words}`;
  if (/^\+[\d ().-]{5,24}$/.test(words)) return `tel:+${words.replace(/\D/g, "")}`;
  return "";
}

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
