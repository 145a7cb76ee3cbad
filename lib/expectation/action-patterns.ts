import { compileActionPattern } from '@permission-check/iam-policy';
import { actions, findAction } from '#lib/catalog/actions.ts';
import { didYouMean, nearest } from '#lib/catalog/did-you-mean.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';

/** The actions of the catalogue that a pattern stands for: `rekognition:Detect*`, `*`; case does not count. */
export function actionsMatching(pattern: string): readonly CatalogAction[] {
  const matches = compileActionPattern(pattern);
  return actions.filter(({ action }) => matches(action.toLowerCase()));
}

const SERVICE = 'rekognition';

/**
 * What is wrong with an action pattern, or undefined. IAM accepts any text and lets it match nothing, so a
 * mistyped action would never be missed. Actions of other services are not known here and pass.
 */
export function problemOfAction(pattern: string): string | undefined {
  if (pattern === '*') return undefined;
  const [service = '', name, ...rest] = pattern.split(':');
  if (name === undefined) {
    const action = findAction(pattern) ?? findAction(nearest(pattern, names()) ?? '');
    return `"${pattern}" has no service: ${action === undefined ? 'write rekognition:…' : `write ${action.action}`}`;
  }
  if (rest.length > 0 || name === '') return `"${pattern}" is not an action: write service:Action`;
  if (service.toLowerCase() !== SERVICE && !/[*?]/.test(service)) {
    return nearest(service, [SERVICE]) === undefined
      ? undefined
      : `unknown service "${service}" in "${pattern}"${didYouMean(service, [SERVICE])}`;
  }
  if (actionsMatching(pattern).length > 0) return undefined;
  return /[*?]/.test(pattern)
    ? `"${pattern}" matches none of Rekognition's ${actions.length} actions`
    : `Rekognition has no action "${name}"${didYouMean(name, names())}`;
}

function names(): string[] {
  return actions.map(({ name }) => name);
}
