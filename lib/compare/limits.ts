import type { CompiledSet } from '@permission-check/iam-policy';
import { deniedWords } from '#lib/words/access.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import type { JudgedRequest } from './criteria.ts';

/**
 * What keeps an access that a principal has within limits, in words: the conditions under which a Deny of it does not
 * apply, and the conditions of its boundary and SCPs (`in eu-west-1`, `with MFA`).
 */
export function limitsIn(set: CompiledSet): (judged: JudgedRequest) => readonly string[] {
  const denies = set.layers
    .flatMap(({ statements }) => statements)
    .filter(({ compiled, matched }) => matched.statement.effect === 'Deny' && compiled.tests.length > 0);
  return ({ request, evidence }) => {
    const notDenied = denies
      .filter(
        ({ compiled }) =>
          compiled.matchesAction(request.action) &&
          compiled.matchesResource(request.resource, request.context),
      )
      .flatMap(({ compiled }) => deniedWords(compiled.tests.map(({ test }) => test)) ?? []);
    const matched = evidence.find(({ kind }) => kind === 'evaluated')?.matched ?? [];
    const above = (['boundary', 'scp'] as const).flatMap((layer) => {
      const words = matched
        .filter((one) => one.layer === layer && one.statement.effect === 'Allow')
        .map(({ statement }) => conditionWords(statement.conditions));
      return words.length === 0 || words.includes(undefined) ? [] : [[...new Set(words)].join(', or ')];
    });
    return [...new Set([...notDenied, ...above])];
  };
}
