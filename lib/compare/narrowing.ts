import * as z from 'zod/mini';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { askerOf } from '#lib/reach/asker.ts';
import type { WayIn } from '#lib/reach/way-in.ts';
import { wayWords } from '#lib/reach/words.ts';
import { awsCommand } from '#lib/words/aws-command.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { worstFirst } from './severity.ts';
import type { FindingAction } from './types.ts';

/** Actions that a sentence speaks of; of more it names the worst. */
const SPOKEN = { all: 8, worst: 3 } as const;

/**
 * What access opens, in words: `delete faces, search faces`, `delete collections and faces (+74)`.
 *
 * @param by by which actions some of it is come to
 */
export function openedWords(access: readonly FindingAction[], by: readonly string[] = []): string {
  const names = worstFirst(access).map(({ action }) => action);
  const how = by.length === 0 ? '' : `, by what it can come to (${listed(by)})`;
  if (names.length <= SPOKEN.all) return `${spokenActions(names)}${how}`;
  return `${spokenActions(names.slice(0, SPOKEN.worst))} (+${names.length - SPOKEN.worst})${how}`;
}

/** How somebody is kept out of a role: in words, and the command that does it where it needs no decision. */
export function narrowing(way: WayIn, role: Principal): string[] {
  const name = subjectName(role);
  const at = way.by.map(({ statement }) => `statement ${statement.index}`).join(' and ');
  const where = `in ${at || 'a statement'} of the trust policy of ${name}`;
  const command = commandWithout(way, role);
  switch (way.kind) {
    case 'anyone':
      return way.who === ''
        ? [
            `Name who may assume it ${where}, in the place of "*", or demand aws:PrincipalOrgID. For this account alone:`,
            ...command,
          ]
        : [`Demand cognito-identity.amazonaws.com:aud, the id of your own pool, ${where}.`];
    case 'guests':
      return [
        `Demand "authenticated" of cognito-identity.amazonaws.com:amr ${where}, or take Rekognition out of its policies.`,
        ...(way.absent
          ? [`Or take Cognito pool ${way.who}, which this account does not have, out ${where}.`]
          : []),
      ];
    case 'shared-provider':
      return [
        `Demand a subject that begins with your own organization, with StringLike ${way.who}:sub, ${where}.`,
      ];
    default:
      return [`Take ${wayWords(way)} out ${where}.`, ...command];
  }
}

const elements = z.record(z.string(), z.unknown());
const trustDocument = z.looseObject({ Statement: z.union([elements, z.array(elements)]) });

/**
 * The command that takes somebody out of a trust policy; in the place of anyone comes the account of the role. None where
 * nobody would be left: IAM keeps no empty trust policy.
 */
function commandWithout(way: WayIn, role: Principal): string[] {
  const { accountId, partition } = arnParts(role.arn);
  if (role.trust === undefined || way.asker === undefined) return [];
  const instead = way.kind === 'anyone' ? [`arn:${partition}:iam::${accountId}:root`] : [];
  const out = new Set(way.by.map(({ statement }) => statement.index - 1));
  const { Statement, ...rest } = trustDocument.parse(JSON.parse(role.trust.text));
  const left = [Statement].flat().flatMap((statement, index) => {
    if (!out.has(index)) return [statement];
    const principals = principalsWithout(statement.Principal, way.asker, instead);
    return Object.keys(principals).length === 0 ? [] : [{ ...statement, Principal: principals }];
  });
  if (left.length === 0) return [];
  const document = JSON.stringify({ ...rest, Statement: left });
  return [
    awsCommand('iam update-assume-role-policy', { 'role-name': role.name, 'policy-document': document }),
  ];
}

/** The Principal of a statement with others in the place of an asker; of a type that has nobody left, nothing. */
function principalsWithout(
  element: unknown,
  asker: WayIn['asker'],
  instead: readonly string[],
): Readonly<Record<string, string | readonly string[]>> {
  const named = z.safeParse(z.record(z.string(), z.union([z.string(), z.array(z.string())])), element);
  const wanted = JSON.stringify(asker);
  const isOut = (type: string, value: string) => JSON.stringify(askerOf(type, value)) === wanted;
  // "*" names anyone, and so does a statement that names all but some.
  const before = named.success ? Object.entries(named.data) : [['AWS', '*'] as const];
  return Object.fromEntries(
    before.flatMap(([type, value]) => {
      const values = [value].flat();
      const kept = values.filter((one) => !isOut(type, one));
      const after = kept.length === values.length ? kept : [...kept, ...instead];
      const [only] = after;
      if (only === undefined) return [];
      return [[type, after.length === 1 ? only : after]];
    }),
  );
}
