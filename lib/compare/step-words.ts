/** Steps of who comes to more, in words. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { NEW_ID } from '#lib/reach/afterwards.ts';
import type { Step } from '#lib/reach/steps.ts';
import { listed, subjectName } from '#lib/words/labels.ts';

/** What tells a step from others: the row, and whom or what it is about. */
export function causeOf({ escalation, target, group, version, attached, boundary }: Step): string {
  const given =
    attached?.name ?? boundary?.name ?? (escalation.leads.endsWith('-joined') ? group : undefined);
  if (given !== undefined && target === undefined) return `${escalation.id} ${given}`;
  const name = target === undefined ? '' : subjectName(target);
  const cause = `${escalation.id} ${given === undefined ? name : `${name} ${given}`}`;
  return version === undefined ? cause : `${cause} ${version.arn} ${version.versionId}`;
}

/** `version v2 of policy/deployers` */
export function versionName({ name, versionId }: PolicySource): string {
  return `version ${versionId} of policy/${name}`;
}

/** ` (or role/a, role/b and 3 more)` */
function othersWords(others: readonly Principal[]): string {
  return others.length === 0 ? '' : ` (or ${listed(others.map(subjectName), 2)})`;
}

/**
 * `it may call iam:PutRolePolicy for itself`, `it may pass role/faces to lambda.amazonaws.com`.
 *
 * @param alike others that the same step leads to
 */
export function stepWords(step: Step, alike: readonly Principal[]): string {
  const words = itsWords(step, alike);
  return step.as === undefined ? words : `as ${whoWords(step.as)} ${words}`;
}

const whoWords = (as: Principal): string => (as.id === NEW_ID ? 'that principal' : subjectName(as));

function itsWords(
  { escalation, actions, target, group, tags = {}, version, attached, boundary }: Step,
  alike: readonly Principal[],
): string {
  const names = listed(actions);
  const switched = version === undefined ? '' : versionName(version);
  const whom = target === undefined ? '' : `${subjectName(target)}${othersWords(alike)}`;
  const written = attached ? `attach ${attached.name} to ${whom}` : `write the policies of ${whom}`;
  switch (escalation.leads) {
    case 'self':
      return `it may call ${names} for itself`;
    case 'unbounded':
      return `it may lift its own boundary (${names})`;
    case 'joined':
      return `it may join group/${group} (${names})`;
    case 'attached':
      return `it may attach ${attached?.name} to itself (${names})`;
    case 'rebounded':
      return `it may make ${boundary?.name} its boundary (${names})`;
    case 'undenied':
      return `it may take away what denies it (${names})`;
    case 'tagged':
      return `it may tag itself ${listed(Object.entries(tags).map(([key, value]) => `${key}=${value}`))} (${names})`;
    case 'user':
      return `it may sign in as ${whom} (${names})`;
    case 'role':
      return `it may let itself assume ${whom} (${names})`;
    case 'role-assumed':
      return `it may assume ${whom} (${names})`;
    case 'role-unbounded':
      return `it may lift the boundary of ${whom} and assume it (${names})`;
    case 'role-with-anything':
      return `it may ${written} and assume it (${names})`;
    case 'user-with-anything':
      return `it may ${written} and sign in as it (${names})`;
    case 'user-joined':
      return `it may put ${whom} in group/${group} and sign in as it (${names})`;
    case 'new-joined':
      return `it may make a user in group/${group} (${names})`;
    case 'switched':
      return `it may make ${switched} the default (${names})`;
    case 'role-switched':
      return `it may make ${switched} the default and assume ${whom} (${names})`;
    case 'user-switched':
      return `it may make ${switched} the default and sign in as ${whom} (${names})`;
    case 'new-principal':
      return `it may make a principal with ${attached?.name ?? 'any policy'}${boundary ? ` within boundary ${boundary.name}` : ''} (${names})`;
    case 'service':
      return `it may hand ${whom} to ${escalation.service} (${names})`;
    case 'service-with-anything':
      return `it may ${written} and hand it to ${escalation.service} (${names})`;
  }
}
