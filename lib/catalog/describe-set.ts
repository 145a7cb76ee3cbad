import type { ConditionTest, Statement } from '@permission-check/iam-policy';
import { compileActionPattern, parsePolicy } from '@permission-check/iam-policy';
import { accessLevelsElsewhere, actions } from './actions.ts';
import type { AccessLevel, CatalogAction, PermissionSet } from './types.ts';

/** Where and when a statement applies. */
export interface Scope {
  /** Patterns of Resource or NotResource. */
  readonly resources: readonly string[];
  readonly notResource: boolean;
  readonly conditions: readonly ConditionTest[];
}

/** An action of Rekognition that a set grants. */
export interface GrantedAction {
  readonly action: CatalogAction;
  /** `full`: on every resource, always. */
  readonly access: 'full' | 'conditional';
  /** It is granted in each of these scopes, */
  readonly allowed: readonly Scope[];
  /** except in these. */
  readonly denied: readonly Scope[];
}

/** What a set grants, or denies, of other services: actions and patterns as the statement lists them. */
export interface ElsewhereStatement {
  readonly effect: Statement['effect'];
  readonly scope: Scope;
  /** The statement applies to everything but its actions. */
  readonly notAction: boolean;
  readonly actions: readonly { readonly action: string; readonly accessLevels: readonly AccessLevel[] }[];
}

export interface ExpandedSet {
  readonly set: PermissionSet;
  /** In the order of the catalogue; those that are not granted are left out. */
  readonly granted: readonly GrantedAction[];
  readonly elsewhere: readonly ElsewhereStatement[];
}

/**
 * What a permission set amounts to, action by action. A conditional Deny leaves an action granted with an
 * exception; a Deny on everything takes it out.
 * @throws PolicyError when a document is not valid IAM policy language
 */
export function expandSet(set: PermissionSet): ExpandedSet {
  const statements = set.documents.flatMap((text) => parsePolicy(text).statements).map(withTest);
  const granted = actions.flatMap((action): GrantedAction[] => {
    const applying = statements.filter(({ covers }) => covers(action.action.toLowerCase()));
    const scopes = (effect: Statement['effect']) =>
      applying
        .filter(({ statement }) => statement.effect === effect)
        .map(({ statement }) => scopeOf(statement));
    const allowed = scopes('Allow');
    const denied = scopes('Deny');
    if (allowed.length === 0 || denied.some(isEverything)) return [];
    const access = allowed.some(isEverything) && denied.length === 0 ? 'full' : 'conditional';
    return [{ action, access, allowed, denied }];
  });
  return { set, granted, elsewhere: statements.flatMap(({ statement }) => elsewhereOf(statement)) };
}

/** Whether a scope leaves nothing out. */
export function isEverything({ resources, notResource, conditions }: Scope): boolean {
  return !notResource && conditions.length === 0 && resources.some((pattern) => /^\*+$/.test(pattern));
}

function withTest(statement: Statement) {
  const patterns = statement.actions.map(compileActionPattern);
  const covers = (lowerCaseAction: string) =>
    patterns.some((matches) => matches(lowerCaseAction)) !== statement.notAction;
  return { statement, covers };
}

function scopeOf({ resources = ['*'], notResource, conditions }: Statement): Scope {
  return { resources, notResource, conditions };
}

function elsewhereOf(statement: Statement): ElsewhereStatement[] {
  const named = statement.notAction
    ? statement.actions
    : statement.actions.filter((action) => !/^rekognition:/i.test(action));
  if (named.length === 0) return [];
  return [
    {
      effect: statement.effect,
      scope: scopeOf(statement),
      notAction: statement.notAction,
      actions: named.map((action) => ({ action, accessLevels: accessLevelsElsewhere(action) })),
    },
  ];
}
