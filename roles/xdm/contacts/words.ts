/** What is said of a number that nobody here has (GM-12). `link`: where its owner can sign up; "" where that is not open. */
export function unknownNumberText(number: string, link: string): string {
  const nobody = `nobody here has the number ${number}, so it cannot be a contact`;
  return link === ""
    ? `${nobody}; the service provider can add its owner.`
    : `${nobody}; its owner can join here: ${link}`;
}

/** A person as messages name them: the name, and the address that nobody can choose. */
export function personText(name: string, aor: string): string {
  return name === "" ? aor : `${name} (${aor})`;
}
