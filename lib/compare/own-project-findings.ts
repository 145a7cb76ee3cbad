import type { PolicySource } from '@permission-check/iam-policy';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
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
  /** The policies that a principal is expected to amount to; undefined where nothing is judged of it. */
  readonly expectedOf: (principal: Principal) => readonly PolicySource[] | undefined;
}

const entries = byAction(catalog);

/**
 * Findings about principals of the account whom a project's policies let do what nobody expected, and about those of whom that
 * cannot be told: one of each for a project.
 */
export function ownProjectFindings(
  policies: readonly ProjectPolicy[],
  { principals, admissions, expectedOf }: OwnPrincipals,
): readonly Finding[] {
  const access = ownProjectAccess(policies, principals, admissions, expectedOf);
  const byProject = groupBy(access, ({ projectArn }) => projectArn);
  return [...byProject].flatMap(([projectArn, all]) => {
    const can = all.filter(({ actions }) => actions.length > 0);
    const may = all.filter(({ unsettled }) => unsettled.length > 0);
    return [
      ...(can.length > 0 ? [findingOf(projectArn, can)] : []),
      ...(may.length > 0 ? [unsettledFinding(projectArn, may)] : []),
    ];
  });
}

/** As severe as the worst that may be allowed. */
function unsettledFinding(projectArn: string, all: readonly OwnProjectAccess[]): Finding {
  const project = projectName(projectArn);
  const accountId = projectArn.split(':')[4] ?? '';
  const names = all.map(({ principal }) => subjectName(principal)).sort();
  const unsettled = all.flatMap((one) => one.unsettled);
  const actions = [...new Set(unsettled.map(({ action }) => action))].sort();
  return {
    id: findingId(accountId, projectArn, 'inconclusive', ['own', ...names, ...actions]),
    kind: 'inconclusive',
    severity: worst(actions.map(severityOf)),
    subject: project,
    actions: [],
    by: [],
    summary: `Whether ${project} can be used by ${listed(names, 3)} beyond what is expected is not known (${unsettled[0]?.reason}): ${spokenActions(actions)}.`,
    remedies: [`Write the policies of ${project} in a simpler way.`],
  };
}

const severityOf = (action: string): Severity => entries.get(action.toLowerCase())?.severity ?? 'critical';

function findingOf(projectArn: string, all: readonly OwnProjectAccess[]): Finding {
  const project = projectName(projectArn);
  const [, , , region = '', accountId = ''] = projectArn.split(':');
  const names = all.map(({ principal }) => subjectName(principal)).sort();
  const who = listed(names, 3);
  const by = [...new Map(all.flatMap((one) => one.by).map((one) => [statementKey(one), one])).values()];
  const requests = new Map(all.flatMap(({ actions }) => actions).map((one) => [one.action, one]));
  const actions = worstFirst(
    [...requests.values()].map(
      (witness): FindingAction => ({
        action: witness.action,
        severity: severityOf(witness.action),
        witness,
        evidence: [],
      }),
    ),
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
