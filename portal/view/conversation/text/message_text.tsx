import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, bytesText, Icon } from "../../kit/mod.ts";
import { t } from "../texts.ts";
import { type Pointer, pointerOf } from "./pointer.ts";
import { RichText, tokensOf } from "./rich_text.tsx";

/** A text is folded behind so many letters, or lines. */
const FOLD_LETTERS = 1400, FOLD_LINES = 24;
/** Unfolded, so much of it is drawn; the rest is in its copy. No service takes as much in one message. */
const MOST_LETTERS = 1_000_000;
const MOST_POINTERS = 3;

export interface MessageTextProps {
  readonly text: string;
  /** Emoticons as pictures. */
  readonly pictures: boolean;
}

/** What a message says, folded where it is long, with what it points to. */
export function MessageText({ text, pictures }: MessageTextProps) {
  const open = useSignal(false);
  const end = foldOf(text), shown = open.value ? text.slice(0, MOST_LETTERS) : text.slice(0, end);
  const tokens = useMemo(() => tokensOf(shown), [shown]);
  const pointers = tokens.flatMap((token) => token.kind === "link" ? pointerOf(token.href) ?? [] : []);
  return (
    <>
      <p class="said" dir="auto">
        <RichText tokens={tokens} pictures={pictures} />
        {end < text.length && !open.value && "…"}
      </p>
      {end < text.length && (
        <Button
          look="quiet"
          icon={open.value ? "up" : "down"}
          expanded={open.value}
          label={open.value ? t("show-less") : t("show-all", { size: bytesText(text.length) })}
          onPress={() => void (open.value = !open.value)}
        />
      )}
      {pointers.slice(0, MOST_POINTERS).map((pointer) => <PointerCard key={pointer.href} pointer={pointer} />)}
    </>
  );
}

/** Where the first part of a long text ends: its length where it is short. Never within a letter of two units. */
export function foldOf(text: string): number {
  let end = Math.min(text.length, FOLD_LETTERS), lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) {
    if (++lines === FOLD_LINES) end = at;
  }
  // A little more than the fold is not worth a button.
  if (lines < FOLD_LINES && text.length < FOLD_LETTERS * 1.2 && text.split("\n", FOLD_LINES + 1).length <= FOLD_LINES) {
    return text.length;
  }
  return end < text.length && /[\ud800-\udbff]/.test(text[end - 1]) ? end - 1 : end;
}

/** Content at another place (MMD-4): its name, where it is, and a way to it. */
function PointerCard({ pointer }: { pointer: Pointer }) {
  return (
    <div class="card pointer">
      <Icon name={pointer.kind === "picture" ? "picture" : "file"} />
      <div class="card-text">
        <a
          href={pointer.href}
          target="_blank"
          rel="noopener noreferrer nofollow ugc"
          aria-label={t("pointer.open", { name: pointer.name })}
        >
          <bdi>{pointer.name}</bdi>
        </a>
        <p>{t(`pointer.${pointer.kind}`, { host: pointer.host })}</p>
        <p class="hint">{t("pointer.note")}</p>
      </div>
    </div>
  );
}
