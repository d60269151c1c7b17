import { EmoticonPicture } from "./emoticon_picture.tsx";
import { findEmoticons } from "./emoticons.ts";
import { linkify, type Token } from "./linkify.ts";
import { t } from "../texts.ts";

/** A text of somebody else's, as text: its links can be followed, its emoticons are seen as pictures where `pictures` says so. */
export function RichText({ tokens, pictures }: { tokens: readonly Token[]; pictures: boolean }) {
  return (
    <>
      {tokens.map((token, at) =>
        token.kind === "link"
          ? <Link key={at} link={token} />
          : pictures
          ? findEmoticons(token.text).map((part, within) =>
            part.kind === "text"
              ? part.text
              : <EmoticonPicture key={`${at} ${within}`} emoticon={part.emoticon} text={part.text} />
          )
          : token.text
      )}
    </>
  );
}

/** Parts a text for `RichText`. */
export { linkify as tokensOf };

function Link({ link }: { link: Extract<Token, { kind: "link" }> }) {
  return (
    <>
      <a href={link.href} target="_blank" rel="noopener noreferrer nofollow ugc" dir="ltr">{link.text}</a>
      {!link.plain && <span class="leads-to">({t("leads-to", { host: link.host })})</span>}
    </>
  );
}
