/**
 * Who of elsewhere can use a Custom Labels project by its resource policies, which need the leave of the asker's own
 * account beside: for whom no other account is asked, its administrators are taken to give it.
 *
 * Source: Amazon Rekognition Custom Labels Developer Guide, "Creating a project policy document".
 */
import {
  type AccessCases,
  casesOf,
  type MatchedStatement,
  mayHaveAccess,
  PolicyCompiler,
  PolicyError,
  type PolicySource,
  parsePolicy,
  type SearchSpace,
  type Statement,
  textForm,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { ProjectPolicy } from '#lib/account/project-policies.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import type { Admissions, Caller } from './admission.ts';
import { whoMeets } from './anyones-ways.ts';
import { type Asker, askerOf, contextOf, covers } from './asker.ts';
import { anybody, outsiders } from './strangers.ts';
import { principalOf, type WayIn, type WayKind } from './way-in.ts';

/** Somebody who can use a project, and for what. */
export interface ProjectAccess {
  readonly projectArn: string;
  readonly way: WayIn;
  /** `rekognition:CopyProjectVersion`, each with a resource that shows it. */
  readonly actions: readonly { readonly action: string; readonly resource: string }[];
}

/** A policy of a project that cannot be read. */
export interface UnreadableProjectPolicy {
  readonly projectArn: string;
  readonly policy: PolicySource;
  readonly problem: string;
}

/** Actions that can be about a project. */
export const projectActions: readonly string[] = catalog
  .filter(({ resourceTypes }) => resourceTypes.some(({ name }) => /^project/.test(name)))
  .map(({ action }) => action);
const compiler = new PolicyCompiler(projectActions, { unreadable: 'keep' });

/**
 * Who of elsewhere can use projects, by all of a project's policies together: a Deny of one binds the others.
 *
 * @param admissions that know since when policies let somebody in
 */
export function projectAccess(
  policies: readonly ProjectPolicy[],
  admissions: Pick<Admissions, 'inTime'>,
): {
  readonly access: readonly ProjectAccess[];
  readonly unreadable: readonly UnreadableProjectPolicy[];
} {
  const { byProject, unreadable } = readProjects(policies);
  const access = [...byProject].flatMap(([arn, read]) => accessTo(arn, read, admissions));
  return { access, unreadable };
}

/** The policies of each project, and those that cannot be read. */
export function readProjects(policies: readonly ProjectPolicy[]): {
  readonly byProject: ReadonlyMap<string, readonly ReadPolicy[]>;
  readonly unreadable: readonly UnreadableProjectPolicy[];
} {
  const unreadable: UnreadableProjectPolicy[] = [];
  const byProject = new Map<string, ReadPolicy[]>();
  for (const { projectArn, policy } of policies) {
    const read = readPolicy(policy);
    if (typeof read === 'string') unreadable.push({ projectArn, policy, problem: read });
    else byProject.set(projectArn, [...(byProject.get(projectArn) ?? []), read]);
  }
  return { byProject, unreadable };
}

/** A policy of a project, with its statements as they are written. */
export interface ReadPolicy {
  readonly policy: PolicySource;
  readonly version: string;
  readonly statements: readonly {
    readonly read: Statement;
    readonly raw: Readonly<Record<string, unknown>>;
  }[];
}

const elements = z.record(z.string(), z.unknown());
const documentSchema = z.looseObject({ Statement: z.union([elements, z.array(elements)]) });

function readPolicy(policy: PolicySource): ReadPolicy | string {
  try {
    const { statements, version } = parsePolicy(policy.text);
    const raw = [documentSchema.parse(JSON.parse(policy.text)).Statement].flat();
    return {
      policy,
      version,
      statements: statements.map((read, index) => ({ read, raw: raw[index] ?? {} })),
    };
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

function accessTo(
  projectArn: string,
  policies: readonly ReadPolicy[],
  admissions: Pick<Admissions, 'inTime'>,
): ProjectAccess[] {
  const askers = new Map<string, Asker>();
  for (const { read } of policies.flatMap(({ statements }) => statements)) {
    if (read.effect !== 'Allow') continue;
    const values: readonly (readonly [string, readonly string[]])[] = read.notPrincipal
      ? [['*', ['*']]]
      : Object.entries(read.principals ?? {});
    for (const [type, texts] of values)
      for (const text of texts) {
        const asker = askerOf(type, text);
        if (asker !== undefined) askers.set(JSON.stringify(asker), asker);
      }
  }
  return [...askers.values()].flatMap((asker) => accessBy(asker, { projectArn, policies, admissions }));
}

/** What a project's policies let somebody do, as policies of his own. */
function policiesFor(asker: Asker, policies: readonly ReadPolicy[]): readonly PolicySource[] {
  return policies.flatMap(({ policy, version, statements }) => {
    const Statement = statements
      .filter(({ read }) => covers(read, asker))
      .map(({ raw: { Principal: _, NotPrincipal: __, ...rest } }) => rest);
    if (Statement.length === 0) return [];
    return [{ ...policy, type: 'inline' as const, text: JSON.stringify({ Version: version, Statement }) }];
  });
}

/** A project, and what decides about it. */
interface Project {
  readonly projectArn: string;
  readonly policies: readonly ReadPolicy[];
  readonly admissions: Pick<Admissions, 'inTime'>;
}

/** Actions that somebody may do, with the cases in which he may. */
type Allowed = readonly (AccessCases & { readonly action: string })[];

function accessBy(asker: Asker, project: Project): ProjectAccess[] {
  const { projectArn, policies } = project;
  const own = accountOf(projectArn);
  const mayAs = allowing(asker, project);
  const accessAs = (kind: WayKind, who: string, found: Allowed): ProjectAccess[] =>
    found.length === 0
      ? []
      : [
          {
            projectArn,
            way: { kind, who, claims: [], asker, by: statementsAbout(asker, policies) },
            actions: found.map(({ action, cases }) => ({
              action,
              resource: cases[0]?.example?.resource ?? projectArn,
            })),
          },
        ];
  const known = contextOf(asker);
  switch (asker.kind) {
    case 'deleted':
      return [];
    case 'account':
      if (asker.accountId === own) return [];
      return accessAs(
        'account',
        asker.accountId,
        mayAs({ asker, known, possible: [principalOf(asker.accountId, projectArn)] }),
      );
    case 'principal':
      if (asker.arn.split(':')[4] === own) return [];
      return accessAs('account-principal', asker.arn, mayAs({ asker, known }));
    case 'service':
      return accessAs('service', asker.name, mayAs({ asker, known }));
    case 'federated':
      return accessAs('federated', asker.provider, mayAs({ asker, known }));
    case 'anyone': {
      const found = allowedToAnyone(project, mayAs);
      if (found.length > 0) return accessAs('anyone', '', found);
      const some = mayAs({ asker, ...anybody(projectArn) });
      const literals = some.flatMap(({ cases }) => cases.flatMap(({ tests }) => tests));
      return whoMeets(literals)
        .filter(({ kind, who }) => kind !== 'account' || who !== own)
        .flatMap(({ kind, who }) => accessAs(kind, who, some));
    }
  }
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** What policies of a project let callers do whom they name as an asker. */
function allowing(asker: Asker, { projectArn, policies, admissions }: Project): (caller: Caller) => Allowed {
  const set = compiler.compileSet({ identity: policiesFor(asker, policies) });
  const inTime = admissions.inTime(set);
  return ({ known = {}, lacks = () => false, possible = [], free }) =>
    projectActions
      .filter((action) => mayHaveAccess(set, [action], known))
      .map((action) => ({
        action,
        ...casesOf(set, action, {
          resource: resourcesOf(projectArn),
          known,
          isKnown: (key) => lacks(key.toLowerCase()),
          possible: [[...possible, ...inTime]],
          ...(free && { free }),
        }),
      }))
      .filter(({ cases, complete }) => cases.length > 0 || !complete);
}

/** What anyone may do who is of no account that policies of a project name. */
function allowedToAnyone({ projectArn, policies }: Project, mayAs: (caller: Caller) => Allowed): Allowed {
  const text = policies.map(({ policy }) => policy.text).join();
  const ways = (caller: Caller) =>
    mayAs(caller).flatMap(({ cases }) =>
      cases.map(({ tests, example }) => ({ literals: tests, ...(example && { example: example.context }) })),
    );
  const found = [...outsiders(text, projectArn, ways)].flatMap(mayAs);
  // What several of them may do is one action.
  return [...new Map(found.map((one) => [one.action, one])).values()];
}

function statementsAbout(asker: Asker, policies: readonly ReadPolicy[]): MatchedStatement[] {
  return policies.flatMap(({ policy, statements }) =>
    statements
      .filter(({ read }) => read.effect === 'Allow' && covers(read, asker))
      .map(({ read }): MatchedStatement => ({ policy, layer: 'resource', statement: read })),
  );
}

const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';

/** The project, and the versions of its model. */
export function resourcesOf(projectArn: string): Exclude<SearchSpace['resource'], string> {
  const project = projectArn.replace(/\/\d+$/, '');
  const version = textForm([`${project}/version/`, { someOf: nameChars }, '/', { someOf: '0123456789' }]);
  return [
    { pattern: version, hints: [`${project}/version/model/1690000000000`] },
    { pattern: textForm([projectArn]), hints: [projectArn] },
  ];
}
