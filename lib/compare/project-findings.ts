import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import {
  type ProjectAccess,
  projectAccess,
  type UnreadableProjectPolicy,
} from '#lib/reach/project-access.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, statementPlace } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { findingId, statementKey } from './finding-id.ts';
import { isWideOpen } from './reached-principal.ts';
import { byAction, worstFirst } from './severity.ts';
import type { OutsideWay } from './shared-access.ts';
import type { Finding, FindingAction } from './types.ts';

/** What the resource policies of Custom Labels projects give away. */
export interface ProjectFindings {
  /** Who nobody in particular is, and policies that cannot be read. */
  readonly findings: readonly Finding[];
  /** Everybody of elsewhere who can use a project, with what is told of those who are named when they are new. */
  readonly outside: readonly OutsideWay[];
}

const entries = byAction(catalog);

/** Findings about projects: named others are a note, and anyone is `exposed`. */
export function projectFindings(
  policies: readonly ProjectPolicy[],
  admissions: Pick<Admissions, 'inTime'>,
): ProjectFindings {
  const { access, unreadable } = projectAccess(policies, admissions);
  const all = access.map((one) => ({ one, finding: findingOf(one) }));
  return {
    findings: [
      ...all.flatMap(({ one, finding }) => (isWideOpen(one.way) ? [finding] : [])),
      ...unreadable.map(unreadableFinding),
    ],
    outside: all.map(({ one: { way, projectArn }, finding }) => ({
      // The project stands where the roles of a chain do: who may use one may not use the other.
      way: { kind: way.kind, who: way.who, claims: way.claims, through: [projectName(projectArn)] },
      ...(isWideOpen(way) ? {} : { news: finding }),
    })),
  };
}

/** `project/shop`: the rest of its ARN says when it was made. */
export function projectName(arn: string): string {
  return arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/\/\d+$/, '');
}

function findingOf({ projectArn, way, actions }: ProjectAccess): Finding {
  const project = projectName(projectArn);
  const [, , , region = '', accountId = ''] = projectArn.split(':');
  const wide = isWideOpen(way);
  const kind = wide ? 'exposed' : 'access-shared';
  const found = worstFirst(
    actions.map(({ action, resource }): FindingAction => {
      const severity = entries.get(action.toLowerCase())?.severity ?? 'critical';
      return { action, severity, witness: { action, resource, context: {} }, evidence: [] };
    }),
  );
  const who = wayWords(way);
  const names = [...new Set(way.by.map(({ policy }) => policy.name))];
  const causes = [way.kind, way.who, ...(wide ? way.by.map(statementKey) : [])];
  return {
    id: findingId(accountId, projectArn, kind, causes),
    kind,
    severity: worst(found.map(({ severity }) => severity)),
    subject: project,
    actions: found,
    scope: `${project} in ${region}`,
    reachedBy: who,
    by: way.by,
    summary: `${project} in ${region} can be used by ${who}: ${spokenActions(found.map(({ action }) => action))}.`,
    remedies: [
      `Take ${who} out of ${listed(way.by.map(statementPlace))} of project policy ${listed(names)}, or delete it:`,
      ...deleteCommands(projectArn, way.by),
    ],
  };
}

/** The commands that delete the policies of a project by which somebody can use it. */
export function deleteCommands(projectArn: string, by: Finding['by']): readonly string[] {
  const region = projectArn.split(':')[3] ?? '';
  return [...new Set(by.map(({ policy }) => policy.name))].map(
    (name) =>
      `aws rekognition delete-project-policy --region ${region} --project-arn ${projectArn} --policy-name ${name}`,
  );
}

function unreadableFinding({ projectArn, policy, problem }: UnreadableProjectPolicy): Finding {
  const project = projectName(projectArn);
  const accountId = projectArn.split(':')[4] ?? '';
  return {
    id: findingId(accountId, projectArn, 'inconclusive', ['project policy', policy.name]),
    kind: 'inconclusive',
    severity: 'critical',
    subject: project,
    actions: [],
    by: [],
    summary: `Who can copy the models of ${project} is not known: project policy ${policy.name} cannot be read (${problem}).`,
    remedies: [`Write project policy ${policy.name} of ${project} anew.`],
  };
}
