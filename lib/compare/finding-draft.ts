import type { MatchedStatement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import type { Acceptance } from '#lib/expectation/acceptance.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import { actionName, listed } from '#lib/words/labels.ts';
import type { JudgedRequest } from './criteria.ts';
import { findingId } from './finding-id.ts';
import { worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

/** Whom findings are about. */
export interface Subject {
  /** `role/analyst` */
  readonly name: string;
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly accountId: string;
}

/** What to do if a finding is meant to be so: in words, and as an edit of expectations.yaml where it can say that. */
export interface Accept {
  readonly text: string;
  readonly acceptance?: Acceptance;
}

/** A finding before it is given to a principal: without name, id and order. */
export interface FindingDraft {
  readonly kind: FindingKind;
  /** What makes it the same finding in the next run. */
  readonly causes: readonly string[];
  readonly judged: readonly { readonly action: string; readonly judged?: JudgedRequest }[];
  /** Instead of the severity of what the actions could do. */
  readonly severity?: Severity;
  readonly scope?: string | undefined;
  readonly when?: string | undefined;
  readonly by: readonly MatchedStatement[];
  readonly summary: string;
  /** Must not hold on to the observations, which are many: templates are kept. */
  readonly remedies: (subject: Subject) => readonly string[];
  readonly accept?: (subject: Subject) => Accept;
  readonly suppressed?: Suppression | undefined;
}

/** What a reader should know of features that are closed or gone; a permission for them still is one. */
export function availabilityNote(
  actions: readonly string[],
  catalog: ReadonlyMap<string, CatalogAction>,
): string {
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
        ` ${names.length > 3 ? `${names.length} of these actions` : listed(names)} ${names.length === 1 ? one : several}.`,
    )
    .join('');
}

/** The same for everybody. */
export function always(remedies: readonly string[]): FindingDraft['remedies'] {
  return () => remedies;
}

/** A draft with everything that no name is needed for. */
export interface SharedFinding
  extends Pick<Finding, 'kind' | 'severity' | 'actions' | 'scope' | 'when' | 'by' | 'summary' | 'suppressed'>,
    Pick<FindingDraft, 'causes' | 'remedies' | 'accept'> {}

/** Orders the actions of a draft, and tells its severity. */
export function sharedFindingOf(
  draft: FindingDraft,
  catalog: ReadonlyMap<string, CatalogAction>,
): SharedFinding {
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
        : [
            ...draft.causes,
            `suppressed ${suppressed.principal} ${[...(suppressed.actions ?? [])].sort().join()}`,
          ],
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
export function findingOf(shared: SharedFinding, subject: Subject): Finding {
  const { expectation, principal } = subject;
  const { kind, causes, severity, actions, scope, when, by, summary, remedies, suppressed } = shared;
  const accept = shared.accept?.(subject);
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
    ...(accept && { accept: accept.text }),
    ...(accept?.acceptance && { acceptance: accept.acceptance }),
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}
