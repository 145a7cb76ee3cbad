import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import { escapeForMail } from '#lib/words/escape.ts';
import { listed } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { wrap } from './wrap.ts';

/** Somebody who can use Rekognition. */
export interface Able {
  readonly subject: string;
  readonly actions: readonly CatalogAction[];
  /** Names of the policies that allow it. */
  readonly policies: readonly string[];
  /** The expectations say `expect: any`: nothing that it does is told. */
  readonly anyExpected?: boolean;
}

/** Names of actions for each principal. */
const SHOWN_ACTIONS = 3;

/** Those who can do the worst first. */
export const sortAble = (able: readonly Able[]): (Able & { readonly severity: Severity })[] =>
  able
    .map((one) => ({ ...one, severity: worst(one.actions.map(({ severity }) => severity)) }))
    .sort((a, b) => compareSeverity(a.severity, b.severity) || a.subject.localeCompare(b.subject));

/** `critical  role/break-glass: delete collections, faces and persons (+73), by AdministratorAccess` */
export function ableLines({
  subject,
  severity,
  actions,
  policies,
  anyExpected,
}: Able & { readonly severity: Severity }): string[] {
  const worstFirst = [...actions].sort((a, b) => compareSeverity(a.severity, b.severity));
  const spoken = spokenActions(worstFirst.slice(0, SHOWN_ACTIONS).map(({ action }) => action));
  const more = actions.length > SHOWN_ACTIONS ? ` (+${actions.length - SHOWN_ACTIONS})` : '';
  const text = escapeForMail(
    `${subject}: ${spoken}${more}, by ${listed(policies, 4)}${anyExpected ? '; not judged, as "any" is expected' : ''}`,
    500,
  );
  return wrap(text, `  ${severity.padEnd(9)} `);
}
