import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { AssumedBy, Expectation } from '#lib/expectation/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { type PatchOperation, patched } from './document-patch.ts';
import type { Candidate } from './written-policies.ts';

const texts = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.looseObject({
  Principal: z.optional(z.union([z.string(), z.record(z.string(), texts)])),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
});
const documentSchema = z.looseObject({ Statement: z.union([z.array(statementSchema), statementSchema]) });
type TrustStatement = z.infer<typeof statementSchema>;

/** A statement and where it stands in the document. */
interface Placed {
  readonly statement: TrustStatement;
  readonly path: string;
}

const GUESTS = 'cognito-identity.amazonaws.com';

/**
 * The ways in which a trust policy might keep out whom nobody expected, or let in who is, smallest first; none is tried
 * yet. Whom a role that anybody of a provider can take is meant for is a person's to say: nothing is guessed there.
 */
export function* trustCandidates(
  { kind, by }: Finding,
  role: Principal,
  { assumedBy }: Expectation,
): Generator<Candidate> {
  const { trust } = role;
  if (trust === undefined) return;
  const edited = (patch: readonly PatchOperation[]): Candidate => editedTrust(role, trust, patch);
  const { Statement } = documentSchema.parse(JSON.parse(trust.text));
  const all = [Statement].flat().map((statement, at): Placed => {
    return { statement, path: Array.isArray(Statement) ? `/Statement/${at}` : '/Statement' };
  });
  if (kind === 'unreachable') {
    const only = Array.isArray(Statement) ? undefined : Statement;
    for (const statement of (assumedBy ?? []).flatMap((one) => statementFor(one, role) ?? [])) {
      yield edited([
        only === undefined
          ? { op: 'add', path: '/Statement/-', value: statement }
          : { op: 'replace', path: '/Statement', value: [only, statement] },
      ]);
    }
    return;
  }
  const named = by.filter(({ policy }) => policy.text === trust.text);
  const meant = named.flatMap(({ statement }) => all[statement.index - 1] ?? []);
  if (meant.length === 0) return;
  const narrowed = meant.flatMap((one) => narrowings(one, role));
  if (narrowed.length === meant.length) yield edited(narrowed.flat());
  // Where the team has said who may, whoever else a statement lets in has no business there.
  if (assumedBy !== undefined) yield* withoutOthers(meant, all, assumedBy, role).map(edited);
}

/** What leaves out whole statements; a trust policy has one, so that where all go, whoever is expected takes their place. */
function withoutOthers(
  meant: readonly Placed[],
  all: readonly Placed[],
  assumedBy: readonly AssumedBy[],
  role: Principal,
): PatchOperation[][] {
  if (meant.length < all.length) return [meant.toReversed().map(({ path }) => ({ op: 'remove', path }))];
  const value = assumedBy.flatMap((one) => statementFor(one, role) ?? []);
  return value.length === 0 ? [] : [[{ op: 'replace', path: '/Statement', value }]];
}

/** What narrows a statement without keeping out whom it is for; at most one list of operations. */
function narrowings({ statement, path }: Placed, role: Principal): PatchOperation[][] {
  const { accountId, partition } = arnParts(role.arn);
  const { Principal: who } = statement;
  const root = `arn:${partition}:iam::${accountId}:root`;
  if (who === '*') return [[{ op: 'replace', path: `${path}/Principal`, value: { AWS: root } }]];
  if (typeof who !== 'object') return [];
  const aws = [who.AWS ?? []].flat();
  if (aws.includes('*')) {
    const others = aws.filter((one) => one !== '*');
    const value = others.length === 0 ? root : [...others, root];
    return [[{ op: 'replace', path: `${path}/Principal/AWS`, value }]];
  }
  if ([who.Federated ?? []].flat().includes(GUESTS)) {
    const amr = { [`${GUESTS}:amr`]: 'authenticated' };
    return [demanding({ statement, path }, 'ForAnyValue:StringLike', amr)];
  }
  if (who.Service !== undefined) {
    return [demanding({ statement, path }, 'StringEquals', { 'aws:SourceAccount': accountId })];
  }
  return [];
}

function demanding(
  { statement, path }: Placed,
  operator: string,
  test: Readonly<Record<string, string>>,
): PatchOperation[] {
  const before = statement.Condition;
  const value = { ...before, [operator]: { ...before?.[operator], ...test } };
  return [{ op: before === undefined ? 'add' : 'replace', path: `${path}/Condition`, value }];
}

/** What lets in somebody who is expected; whom only a pattern names is left to a person. */
function statementFor(one: AssumedBy, { arn }: Principal): object | undefined {
  const { accountId, partition } = arnParts(arn);
  const allowing = (who: object, more: object = {}) => ({
    Effect: 'Allow',
    Principal: who,
    Action: 'sts:AssumeRole',
    ...more,
  });
  switch (one.kind) {
    case 'service':
      return allowing(
        { Service: one.name },
        { Condition: { StringEquals: { 'aws:SourceAccount': accountId } } },
      );
    case 'account':
      return allowing({ AWS: `arn:${partition}:iam::${one.accountId}:root` });
    case 'principal':
      if (/[*?]/.test(one.text)) return undefined;
      return allowing({
        AWS: one.text.startsWith('arn:') ? one.text : `arn:${partition}:iam::${accountId}:${one.text}`,
      });
    default:
      return undefined;
  }
}

function editedTrust(role: Principal, trust: PolicySource, patch: readonly PatchOperation[]): Candidate {
  const text = patched(trust.text, patch);
  return {
    changes: [{ kind: 'put-trust', role: role.name, policy: { ...trust, text } }],
    documents: [{ policy: 'trust policy', holder: subjectName(role), text, patch }],
  };
}
