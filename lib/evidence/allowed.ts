import type { ActionAccess } from '#lib/report/access.ts';
import { linesOfJson } from '#lib/report/json.ts';
import type { AccessBySide, CheckReport } from '#lib/report/types.ts';
import { statementLabel } from '#lib/words/labels.ts';

/** Actions that somebody is allowed in the same way, with a request that shows it. */
interface AllowedGroup {
  readonly access: ActionAccess['access'];
  readonly actions: string[];
  /** On which resources and when, in words. */
  readonly where: readonly string[];
  /** A request that is allowed, for each of the actions. */
  readonly witness?: { readonly resource: string; readonly context: unknown };
  /** The statements that allow it. */
  readonly by: readonly string[];
  /** Why there may be more. */
  readonly doubt?: string;
}

/**
 * Who is allowed what, whether it is expected or not: for each access a request that is allowed, and who can become the
 * principal.
 */
export function allowedText({ accountId, principals }: CheckReport): string {
  const access: AllowedGroup[][] = [];
  const places = new Map<AccessBySide, number>();
  const rows = principals.flatMap(({ arn, access: own, reachedBy }) => {
    if (own === undefined) return [];
    const at = places.get(own) ?? access.push(groupsOf(own.observed)) - 1;
    places.set(own, at);
    return access[at]?.length === 0 ? [] : [{ arn, reachedBy: reachedBy ?? itself(arn), allowed: at }];
  });
  return linesOfJson({ accountId, principals: rows, allowed: access });
}

const itself = (arn: string): string =>
  arn.includes(':user/') ? 'the user itself' : 'nobody from elsewhere';

function groupsOf(observed: readonly ActionAccess[]): AllowedGroup[] {
  const groups = new Map<string, AllowedGroup>();
  for (const { action, access, where, by, example, doubt } of observed) {
    if (access === 'none') continue;
    const group = {
      access,
      where,
      ...(example && { witness: { resource: example.resource, context: example.context } }),
      by: by.map(statementLabel),
      ...(doubt === undefined ? {} : { doubt }),
    };
    const key = JSON.stringify(group);
    const same = groups.get(key) ?? { ...group, actions: [] };
    same.actions.push(action);
    groups.set(key, same);
  }
  return [...groups.values()];
}
