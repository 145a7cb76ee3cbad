import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Value } from './types.ts';
import { hasUnknown, isUnknown, unknownsIn } from './unknown.ts';

/** A trust policy of which some part is known only after the deployment. */
export interface PlannedTrust {
  /** The names of what is not known. */
  readonly unknowns: readonly string[];
  /**
   * The policy with stand-ins for whom it names by an ARN that is not known yet: an ARN is one principal, or one provider,
   * and nobody else. Absent where something else is not known.
   */
  readonly policy?: PolicySource;
}

const elements = z.record(z.string(), z.unknown());
const document = z.looseObject({ Statement: z.union([elements, z.array(elements)]) });

/** What is known of a declared trust policy; undefined where all of it is. */
export function plannedTrust(
  trust: Value,
  place: { readonly partition: string; readonly accountId: string },
): PlannedTrust | undefined {
  const unknowns = unknownsIn(trust);
  if (unknowns.length === 0) return undefined;
  const read = z.safeParse(document, parsed(trust));
  if (!read.success) return { unknowns };
  const { Statement, ...rest } = read.data;
  const settled = [Statement].flat().map((statement) => ({
    ...statement,
    Principal: settledPrincipal(statement.Principal, providerIn(statement.Condition), place),
    ...(statement.Condition === undefined ? {} : { Condition: settledCondition(statement.Condition) }),
  }));
  if (unknownsIn([rest, settled]).length > 0) return { unknowns };
  const text = JSON.stringify({ ...rest, Statement: settled }, null, 4);
  return { unknowns, policy: { name: 'trust policy', type: 'resource', text } };
}

/** Text with unknown parts is JSON all the same where they stand within its strings. */
function parsed(trust: Value): unknown {
  if (typeof trust !== 'string') return trust;
  try {
    return JSON.parse(trust);
  } catch {
    return undefined;
  }
}

const STAND_IN = 'known-after-deployment';

type Place = { readonly partition: string; readonly accountId: string };

function settledPrincipal(principal: unknown, provider: string, place: Place): unknown {
  const types = z.safeParse(elements, principal);
  if (!types.success) return principal;
  return mapValues(types.data, (value, type) =>
    each(value, (text) =>
      isUnknown(text) ? standInFor(type, text, provider, place) : settledArn(text, place),
    ),
  );
}

/** Whom an ARN that is not known yet names: one principal, or one provider. Anything else may be anybody. */
function standInFor(type: string, text: string, provider: string, { partition, accountId }: Place): string {
  const [name = ''] = unknownsIn(text);
  const ofAccount = `arn:${partition}:iam::${accountId}:`;
  if (!/\.arn$/i.test(name)) return text;
  if (type === 'AWS') return `${ofAccount}role/${STAND_IN}`;
  if (type !== 'Federated') return text;
  return /saml/i.test(name)
    ? `${ofAccount}saml-provider/${STAND_IN}`
    : `${ofAccount}oidc-provider/${provider}`;
}

/** `arn:aws:iam::…:root`: whose account is not known; it is one account. */
function settledArn(text: string, { accountId }: Place): string {
  return /^arn:[\w-]+:(iam|sts)::/.test(text) ? text.replaceAll(marks, accountId) : text;
}

const marks = /\u{f0001}[^\u{f0002}]*\u{f0002}/gu;

/** Conditions that ask for one value: whatever it will be, it is that one. A pattern might have wildcards. */
function settledCondition(condition: unknown): unknown {
  const operators = z.safeParse(z.record(z.string(), elements), condition);
  if (!operators.success) return condition;
  return mapValues(operators.data, (keys, operator) =>
    /(^|:)StringEquals(IgnoreCase)?(IfExists)?$/i.test(operator)
      ? mapValues(keys, (value) => each(value, (text) => text.replaceAll(marks, STAND_IN)))
      : keys,
  );
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** A text, or each of a list of texts; anything else as it is. */
function each(value: unknown, map: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => each(one, map));
  return typeof value === 'string' && hasUnknown(value) ? map(value) : value;
}

/** The provider whose claims conditions ask about: `token.actions.githubusercontent.com`. */
function providerIn(condition: unknown): string {
  const operators = z.safeParse(z.record(z.string(), elements), condition);
  const keys = operators.success ? Object.values(operators.data).flatMap((keys) => Object.keys(keys)) : [];
  const [host] = keys.flatMap((key) => /^([^:]+\.[^:]+):[^:]+$/.exec(key)?.[1] ?? []);
  return host ?? STAND_IN;
}
