import type { MessagePart } from "../../model/mod.ts";
import { isText, isTexts } from "../local_json.ts";
import { isMessageState } from "./message.ts";
import type { TabMessage, TabWord } from "./tab_talk.ts";

type Unsure<T> = { readonly [K in keyof T]?: unknown };

const IS_WORD: { readonly [K in TabWord["kind"]]: (word: Unsure<Extract<TabWord, { kind: K }>>) => boolean } = {
  said: ({ key, messages, fresh }) =>
    isText(key) && key !== "" && Array.isArray(messages) && messages.every(isTabMessage) && isFlag(fresh),
  state: ({ id, state, problem }) => isText(id) && isMessageState(state) && typeof problem === "object",
  seen: ({ key, ids }) => isText(key) && isTexts(ids),
  gone: ({ key, id }) => isTexts([key, id]),
  muted: ({ key, on }) => isText(key) && isFlag(on),
  closed: ({ key }) => isText(key),
  who: ({ tab }) => isText(tab),
  here: ({ tab }) => isText(tab),
  alerted: ({ id }) => isText(id),
};

const IS_PART: { readonly [K in MessagePart["kind"]]?: (part: Unsure<Extract<MessagePart, { kind: K }>>) => boolean } =
  {
    text: ({ text }) => isText(text),
    location: ({ latitude, longitude, radius, place }) => isText(place) && areNumbers(latitude, longitude, radius),
    unreadable: ({ type, size }) => isText(type) && areNumbers(size),
    event: ({ code, who }) => isTexts([code, who]),
  };

/** What another tab has said; null where it says something else: it may have been loaded with another version of the page. */
export function tabWord(value: unknown): TabWord | null {
  return isOneOf(value, IS_WORD) ? value as TabWord : null;
}

function isTabMessage(value: unknown): value is TabMessage {
  const { id, own, from, fromName, at, privateWith, state, read, part } = (value ?? {}) as Unsure<TabMessage>;
  return isTexts([id, from, fromName, privateWith]) && isFlag(own) && isFlag(read) && areNumbers(at) &&
    isMessageState(state) && isOneOf(part, IS_PART);
}

function isOneOf(value: unknown, kinds: Readonly<Record<string, (one: never) => boolean>>): boolean {
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  return isText(kind) && Object.hasOwn(kinds, kind) && kinds[kind](value as never);
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function areNumbers(...values: unknown[]): boolean {
  return values.every(Number.isFinite);
}
