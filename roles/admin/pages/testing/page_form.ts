/** A form of a page as a browser without script would send it, to be changed and posted. */
export function formIn(html: string, label: string): FormData {
  const open = [...html.matchAll(/<form [^>]*aria-label="([^"]*)"[^>]*>/g)].find(([, name]) =>
    unescaped(name) === label
  );
  if (open === undefined) throw new Error(`no form "${label}" on the page`);
  const text = html.slice(open.index, html.indexOf("</form>", open.index));
  const form = new FormData();
  for (const [tag] of text.matchAll(/<input [^>]*>/g)) {
    const type = attribute(tag, "type") ?? "text";
    const choice = type === "checkbox" || type === "radio";
    if (type === "file" || / disabled/.test(tag) || (choice && !/ checked/.test(tag))) continue;
    form.append(attribute(tag, "name")!, attribute(tag, "value") ?? (choice ? "on" : ""));
  }
  for (const [, tag, value] of text.matchAll(/(<textarea [^>]*>)\n?([^<]*)<\/textarea>/g)) {
    form.append(attribute(tag, "name")!, unescaped(value));
  }
  for (const [, tag, options] of text.matchAll(/(<select [^>]*>)([\s\S]*?)<\/select>/g)) {
    const all = [...options.matchAll(/<option [^>]*>/g)].map(([option]) => option);
    const chosen = all.find((option) => / selected/.test(option)) ?? all[0];
    form.append(attribute(tag, "name")!, attribute(chosen, "value") ?? "");
  }
  form.delete("_csrf");
  return form;
}

/** The same with some fields otherwise. Null takes a field away, as unchecking a box does. */
export function filled(form: FormData, fields: Readonly<Record<string, string | null>>): FormData {
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) form.delete(name);
    else form.set(name, value);
  }
  return form;
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(` ${name}="([^"]*)"`).exec(tag) ?? [];
  return value === undefined ? undefined : unescaped(value);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name]);
}
