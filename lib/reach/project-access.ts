/**
 * Who of elsewhere can use a Custom Labels project by its resource policies, which need the leave of the asker's own
 * account beside: for whom no other account is asked, its administrators are taken to give it.
 *
 * Source: Amazon Rekognition Custom Labels Developer Guide, "Creating a project policy document".
 */
import {
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
import { outsiders, whoMeets } from './anyones-ways.ts';
import { type Asker, askerOf, contextOf, covers } from './asker.ts';
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

/** Who of elsewhere can use projects, by all of a project's policies together: a Deny of one binds the others. */
export function projectAccess(policies: readonly ProjectPolicy[]): {
  readonly access: readonly ProjectAccess[];
  readonly unreadable: readonly UnreadableProjectPolicy[];
} {
  const { byProject, unreadable } = readProjects(policies);
  return { access: [...byProject].flatMap(([arn, read]) => accessTo(arn, read)), unreadable };
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

function accessTo(projectArn: string, policies: readonly ReadPolicy[]): ProjectAccess[] {
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
  return [...askers.values()].flatMap((asker) => accessBy(asker, projectArn, policies));
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

function accessBy(asker: Asker, projectArn: string, policies: readonly ReadPolicy[]): ProjectAccess[] {
  const own = projectArn.split(':')[4] ?? '';
  const set = compiler.compileSet({ identity: policiesFor(asker, policies) });
  const may = (space: Omit<SearchSpace, 'resource'>) =>
    projectActions
      .filter((action) => mayHaveAccess(set, [action], space.known))
      .map((action) => ({ action, ...casesOf(set, action, { resource: resourcesOf(projectArn), ...space }) }))
      .filter(({ cases, complete }) => cases.length > 0 || !complete);
  const accessAs = (kind: WayKind, who: string, found: ReturnType<typeof may>): ProjectAccess[] =>
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
  const nothing = () => false;
  switch (asker.kind) {
    case 'deleted':
      return [];
    case 'account':
      if (asker.accountId === own) return [];
      return accessAs(
        'account',
        asker.accountId,
        may({ known: contextOf(asker), isKnown: nothing, possible: [[principalOf(asker.accountId)]] }),
      );
    case 'principal':
      if (asker.arn.split(':')[4] === own) return [];
      return accessAs('account-principal', asker.arn, may({ known: contextOf(asker), isKnown: nothing }));
    case 'service':
      return accessAs('service', asker.name, may({ known: contextOf(asker), isKnown: nothing }));
    case 'federated':
      return accessAs('federated', asker.provider, may({ known: contextOf(asker), isKnown: nothing }));
    case 'anyone': {
      const text = policies.map(({ policy }) => policy.text).join();
      const found = outsiders(text).flatMap(({ known = {}, lacks = nothing, possible = [] }) =>
        may({ known, isKnown: (key) => lacks(key.toLowerCase()), possible: [possible] }),
      );
      // What several of them may do is one action.
      const anybody = new Map(found.map((one) => [one.action, one]));
      if (anybody.size > 0) return accessAs('anyone', '', [...anybody.values()]);
      const some = may({ known: {}, isKnown: nothing });
      const literals = some.flatMap(({ cases }) => cases.flatMap(({ tests }) => tests));
      return whoMeets(literals)
        .filter(({ kind, who }) => kind !== 'account' || who !== own)
        .flatMap(({ kind, who }) => accessAs(kind, who, some));
    }
  }
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
