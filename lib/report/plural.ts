/** Singular forms at the beginning of a predicate about one. */
const verbs: Readonly<Record<string, string>> = { is: 'are', was: 'were', has: 'have' };

/** What is said of one as it is said of several: `is covered …; its access is the same` → `are covered …; their access is the same`. */
export function pluralOf(predicate: string): string {
  return predicate
    .replace(/^(is|was|has)\b/, (verb) => verbs[verb] ?? verb)
    .replaceAll(/\bits (own|access)\b/g, 'their $1')
    .replace('give itself what it lacks', 'give themselves what they lack')
    .replace('by whom it is for', 'by whom they are for');
}
