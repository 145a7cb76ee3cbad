import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
import { actionName, listed } from '#lib/words/labels.ts';
import type { Judged } from './criteria.ts';
import { findingId } from './finding-id.ts';
import { worst, worstFirst } from './severity.ts';
import type { Finding, FindingAction, FindingKind } from './types.ts';

/** Whom findings are about. */
export interface Subject {
  /** `role/analyst` */
  readonly name: string;
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly accountId: string;
}

/** `role/analyst`, `user/bob`: the path says nothing more, names are unique in an account. */
export function subjectName(principal: Pick<Principal, 'kind' | 'name'>): string {
  return `${principal.kind}/${principal.name}`;
}

/** A finding of whoever is seen and expected to do the same: without name, id and order. */
export interface Draft {
  readonly kind: FindingKind;
  /** What makes it the same finding in the next run. */
  readonly causes: readonly string[];
  readonly judged: readonly { readonly action: string; readonly judged?: Judged }[];
  /** Instead of the severity of what the actions could do. */
  readonly severity?: Severity;
  readonly scope?: string | undefined;
  readonly when?: string | undefined;
  readonly by: readonly MatchedStatement[];
  readonly summary: string;
  /** Must not hold on to the observations, which are many: templates are kept. */
  readonly remedies: (subject: Subject) => readonly string[];
  readonly accept?: (subject: Subject) => string;
  readonly suppressed?: Suppression | undefined;
}

/** What a reader should know of features that are closed or gone; a permission for them still is one. */
function availabilityNote(actions: readonly string[], catalog: ReadonlyMap<string, CatalogAction>): string {
  const named = (availability: CatalogAction['availability']): string[] =>
    actions
      .filter((action) => catalog.get(action.toLowerCase())?.availability === availability)
      .map(actionName);
  const notes = [
    [named('discontinued'), 'belongs to a discontinued feature', 'belong to discontinued features'] as const,
    [
      named('closed-to-new-customers'),
      'belongs to a feature that is closed to new customers',
      'belong to features that are closed to new customers',
    ] as const,
  ];
  return notes
    .filter(([names]) => names.length > 0)
    .map(
      ([names, one, several]) =>
        ` ${names.length > 3 ? `${names.length} of them` : listed(names)} ${names.length === 1 ? one : several}.`,
    )
    .join('');
}

/** The same for everybody. */
export function always(remedies: readonly string[]): Draft['remedies'] {
  return () => remedies;
}

/** A draft with everything that no name is needed for. */
export interface Template
  extends Pick<Finding, 'kind' | 'severity' | 'actions' | 'scope' | 'when' | 'by' | 'summary' | 'suppressed'>,
    Pick<Draft, 'causes' | 'remedies' | 'accept'> {}

/** Orders the actions of a draft, and tells its severity. */
export function templateOf(draft: Draft, catalog: ReadonlyMap<string, CatalogAction>): Template {
  const actions = worstFirst(
    draft.judged.map(
      ({ action, judged }): FindingAction => ({
        action,
        severity: draft.severity ?? catalog.get(action.toLowerCase())?.severity ?? 'medium',
        ...(judged === undefined ? {} : { witness: judged.request }),
        evidence: judged?.evidence ?? [],
      }),
    ),
  );
  const { suppressed } = draft;
  const names = actions.map(({ action }) => action);
  const permission = draft.kind === 'excess' || draft.kind === 'unguarded' || draft.kind === 'missing';
  return {
    kind: draft.kind,
    causes:
      suppressed === undefined
        ? draft.causes
        : [...draft.causes, `suppressed ${suppressed.principal} ${[...suppressed.actions].sort().join()}`],
    severity: draft.severity ?? worst(actions.map(({ severity }) => severity)),
    actions,
    ...(draft.scope ? { scope: draft.scope } : {}),
    ...(draft.when ? { when: draft.when } : {}),
    by: draft.by,
    summary: `${draft.summary}${permission ? availabilityNote(names, catalog) : ''}`,
    remedies: draft.remedies,
    ...(draft.accept === undefined ? {} : { accept: draft.accept }),
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}

/** The finding that a template is about one principal. */
export function findingOf(template: Template, subject: Subject): Finding {
  const { expectation, principal } = subject;
  const { kind, causes, severity, actions, scope, when, by, summary, remedies, accept, suppressed } =
    template;
  return {
    id: findingId(subject.accountId, principal.arn, kind, causes),
    kind,
    severity,
    subject: subject.name,
    principalArn: principal.arn,
    actions,
    ...(scope === undefined ? {} : { scope }),
    ...(when === undefined ? {} : { when }),
    expected: expectation.label,
    ...(expectation.rule === undefined ? {} : { expectedBy: expectation.rule }),
    by,
    summary,
    remedies: remedies(subject),
    ...(accept === undefined ? {} : { accept: accept(subject) }),
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}
