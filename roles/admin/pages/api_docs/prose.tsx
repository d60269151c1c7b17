/** A text of the document: English, with what stands between backticks as code. */
export function Prose({ text }: { text: string }) {
  const parts = text.split("`");
  // An odd backtick is one.
  if (parts.length % 2 === 0) return <span lang="en">{text}</span>;
  return <span lang="en">{parts.map((part, at) => at % 2 === 1 ? <code>{part}</code> : part)}</span>;
}
