import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { type OwnProjectAccess, ownProjectAccess } from '#lib/reach/own-project-access.ts';
import { listed, statementPlace, subjectName } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { findingId, statementKey } from './finding-id.ts';
import { groupBy } from './group-by.ts';
import { deleteCommands, projectName } from './project-findings.ts';
import { byAction, worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

/** The principals of an account, and what is expected of them. */
export interface OwnPrincipals {
  readonly principals: Iterable<Principal>;
  readonly admissions: Admissions;
  /** Whether a request is expected of a principal, or nothing is judged of it. */
  readonly isExpected: (principal: Principal, request: OwnProjectAccess['actions'][number]) => boolean;
}

const entries = byAction(catalog);

/** Findings about principals of the account whom a project's policies let do what nobody expected; one for each project. */
export function ownProjectFindings(
  policies: readonly ProjectPolicy[],
  own: OwnPrincipals,
): readonly Finding[] {
  const unexpected = ownProjectAccess(policies, own.principals, own.admissions).flatMap((one) => {
    const actions = one.actions.filter((request) => !own.isExpected(one.principal, request));
    return actions.length === 0 ? [] : [{ ...one, actions }];
  });
  const byProject = groupBy(unexpected, ({ projectArn }) => projectArn);
  return [...byProject].map(([projectArn, all]) => findingOf(projectArn, all));
}

function findingOf(projectArn: string, all: readonly OwnProjectAccess[]): Finding {
  const project = projectName(projectArn);
  const [, , , region = '', accountId = ''] = projectArn.split(':');
  const names = all.map(({ principal }) => subjectName(principal)).sort();
  const who = listed(names, 3);
  const by = [...new Map(all.flatMap((one) => one.by).map((one) => [statementKey(one), one])).values()];
  const requests = new Map(all.flatMap(({ actions }) => actions).map((one) => [one.action, one]));
  const actions = worstFirst(
    [...requests.values()].map((witness): FindingAction => {
      const severity = entries.get(witness.action.toLowerCase())?.severity ?? 'critical';
      return { action: witness.action, severity, witness, evidence: [] };
    }),
  );
  return {
    id: findingId(accountId, projectArn, 'exposed', ['own', ...names]),
    kind: 'exposed',
    severity: worst(actions.map(({ severity }) => severity)),
    subject: project,
    actions,
    scope: `${project} in ${region}`,
    reachedBy: who,
    by,
    summary: `${project} in ${region} can be used by ${who}, whom nobody expected and whose own policies do not let them: ${spokenActions(actions.map(({ action }) => action))}.`,
    remedies: [
      `Take ${who} out of ${listed(by.map(statementPlace))} of the project's policies, or delete them:`,
      ...deleteCommands(projectArn, by),
    ],
  };
}
