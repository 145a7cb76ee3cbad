import { parsePolicy } from '@permission-check/iam-policy';

/**
 * The context keys that a policy refers to, in conditions and in policy variables, as spelled, each spelling once.
 *
 * @throws PolicyError when the document is not valid policy language.
 */
export function documentKeys(text: string): string[] {
  const document = parsePolicy(text);
  const keys = new Set<string>();
  for (const { conditions, resources = [] } of document.statements) {
    for (const condition of conditions) keys.add(condition.key);
    // Version 2008-10-17 has no policy variables: the text stands for itself.
    if (document.version === '2008-10-17') continue;
    for (const value of [...resources, ...conditions.flatMap((condition) => condition.values)]) {
      for (const [, key = ''] of value.matchAll(/\$\{\s*([^},]+?)\s*(?:,[^}]*)?\}/g)) {
        if (key.includes(':')) keys.add(key);
      }
    }
  }
  return [...keys];
}
