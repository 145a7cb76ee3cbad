import {
  type PolicyDocument,
  PolicyError,
  type PolicySource,
  type ReadDocument,
  RecentMap,
  readPolicy,
  type Statement,
  wildcardTest,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Principal } from '#lib/account/types.ts';
import { type Asker, askerOf, covers, sessionsOfRole } from './asker.ts';

/** The actions by which a session of a role begins. */
export const ENTRIES = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML'] as const;
export type Entry = (typeof ENTRIES)[number];

/** A trust policy, ready to be asked. */
export interface Trust {
  readonly source: PolicySource;
  readonly statements: readonly Statement[];
  /** What is wrong with a statement that cannot be read and may let somebody in. */
  readonly unreadable?: string;
  /** Whom its Allow statements name. A statement that names all but some lets anyone in. */
  readonly askers: readonly Asker[];
  /**
   * The statements about an asker, without their Principal: a level of policies that must allow what the asker asks,
   * as an SCP must. Undefined where no Allow is about him.
   */
  levelFor(asker: Asker): PolicySource | undefined;
  /** Whether some statement lets tags be passed. */
  readonly takesTags: boolean;
  /** The sessions of a role, by its ARN, that some statement names. */
  sessionsOf(role: string): readonly Asker[];
}

const REMEMBERED = 2_000;
const known = new RecentMap<Trust | PolicyError>(REMEMBERED);

/** Reads a trust policy; each text once. */
function readTrust(source: PolicySource): Trust | PolicyError {
  return known.getOrCreate(source.text, () => {
    try {
      return compiled(source, readPolicy(source.text));
    } catch (error) {
      if (error instanceof PolicyError) return error;
      throw error;
    }
  });
}

/** The trust policy of a role, as far as it can be read; undefined where it is not known. */
export function trustOf({ trust }: Principal): Trust | undefined {
  const read = trust && readTrust(trust);
  return read instanceof PolicyError ? undefined : read;
}

/** What is wrong with a trust policy that lets in more than can be read of it, perhaps; undefined: nothing. */
export function trustProblem({ trust }: Principal): string | undefined {
  const read = trust && readTrust(trust);
  return read instanceof PolicyError ? read.message : read?.unreadable;
}

/** The trust policy of a role where all that lets somebody in can be read. */
export function wholeTrustOf(role: Principal): Trust | undefined {
  return trustProblem(role) === undefined ? trustOf(role) : undefined;
}

/** Whether a session of a role may come with tags: without sts:TagSession in its trust policy none can arrive. */
export function mayTakeTags(role: Principal): boolean {
  const trust = wholeTrustOf(role);
  return trust === undefined || trust.takesTags;
}

function isOfSts(action: string): boolean {
  const [service = ''] = action.toLowerCase().split(':');
  return wildcardTest(service)('sts');
}

const TAG_SESSION = 'sts:tagsession';

function letsTag({ effect, actions, notAction }: Statement): boolean {
  if (effect !== 'Allow') return false;
  return actions.some((action) => wildcardTest(action.toLowerCase())(TAG_SESSION)) !== notAction;
}

function compiled(source: PolicySource, { statements, version, unreadable }: ReadDocument): Trust {
  const open = unreadable.find(({ effect, actions }) => effect !== 'Deny' && actions.some(isOfSts));
  const raw = rawStatements(source.text);
  const levels = new Map<string, PolicySource | undefined>();
  const values = statements.flatMap(({ principals = {} }) => principals.AWS ?? []);
  const named = [...new Set(values.filter((value) => value.includes(':assumed-role/')))];
  return {
    source,
    statements,
    ...(open && { unreadable: `statement ${open.index}: ${open.problem}` }),
    askers: askersOf(statements),
    takesTags: statements.some(letsTag),
    sessionsOf: (role) => (named.length === 0 ? [] : sessionsOfRole(role, named)),
    levelFor(asker) {
      const about = statements.map((statement) => covers(statement, asker));
      const key = about.map((is) => (is ? '1' : '0')).join('');
      if (!levels.has(key)) levels.set(key, levelOf(source, version, statements, raw, about));
      return levels.get(key);
    },
  };
}

function askersOf(statements: readonly Statement[]): Asker[] {
  const askers = new Map<string, Asker>();
  for (const { effect, principals = {}, notPrincipal } of statements) {
    if (effect !== 'Allow') continue;
    const named: (Asker | undefined)[] =
      notPrincipal === true
        ? [{ kind: 'anyone' }]
        : Object.entries(principals).flatMap(([type, values]) => values.map((value) => askerOf(type, value)));
    for (const asker of named) if (asker !== undefined) askers.set(JSON.stringify(asker), asker);
  }
  return [...askers.values()];
}

const elements = z.record(z.string(), z.unknown());
const document = z.looseObject({ Statement: z.union([elements, z.array(elements)]) });

function rawStatements(text: string): readonly Readonly<Record<string, unknown>>[] {
  return [document.parse(JSON.parse(text)).Statement].flat();
}

function levelOf(
  source: PolicySource,
  version: PolicyDocument['version'],
  statements: readonly Statement[],
  raw: readonly Readonly<Record<string, unknown>>[],
  about: readonly boolean[],
): PolicySource | undefined {
  if (!statements.some(({ effect }, index) => effect === 'Allow' && about[index])) return undefined;
  const Statement = statements.flatMap(({ index }, at) => {
    if (!about[at]) return [];
    const {
      Principal: _,
      NotPrincipal: __,
      Resource: ___,
      NotResource: ____,
      ...rest
    } = raw[index - 1] ?? {};
    return [{ ...rest, Resource: '*' }];
  });
  return { ...source, text: JSON.stringify({ Version: version, Statement }) };
}
