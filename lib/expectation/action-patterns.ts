import { compileActionPattern } from '@permission-check/iam-policy';
import { actions, findAction } from '#lib/catalog/actions.ts';
import { didYouMean, nearest } from '#lib/catalog/did-you-mean.ts';
import { actionsOfService } from '#lib/catalog/service-actions.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';

/** The actions of the catalogue that a pattern stands for: `rekognition:Detect*`, `*`; case does not count. */
export function actionsMatching(pattern: string): readonly CatalogAction[] {
  const matches = compileActionPattern(pattern);
  return actions.filter(({ action }) => matches(action.toLowerCase()));
}

const SERVICE = 'rekognition';

/**
 * What is wrong with an action pattern, or undefined. IAM accepts any text and lets it match nothing, so a
 * mistyped action would never be missed. Actions of services that are not in the catalogue are not known here and pass.
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
    const others = actionsOfService(service);
    if (others !== undefined) return problemOfName(pattern, name, others, service.toLowerCase());
    return nearest(service, [SERVICE]) === undefined
      ? undefined
      : `unknown service "${service}" in "${pattern}"${didYouMean(service, [SERVICE])}`;
  }
  return actionsMatching(pattern).length > 0
    ? undefined
    : problemOfName(pattern, name, names(), 'Rekognition');
}

/** What is wrong with the name of a service's action, which may be a pattern. */
function problemOfName(
  pattern: string,
  name: string,
  known: readonly string[],
  service: string,
): string | undefined {
  const matches = compileActionPattern(`x:${name}`);
  if (known.some((one) => matches(`x:${one.toLowerCase()}`))) return undefined;
  return /[*?]/.test(name)
    ? `"${pattern}" matches none of ${service}'s ${known.length} actions`
    : `${service} has no action "${name}"${didYouMean(name, known)}`;
}

function names(): string[] {
  return actions.map(({ name }) => name);
}
