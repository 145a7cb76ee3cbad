import {
  type AccessCase,
  type BoundStatement,
  bindingPolicies,
  type CompiledSet,
  casesOf,
  contextValue,
  decide,
  type Literal,
  mayHaveAccess,
  PolicyCompiler,
  PolicyError,
  type PolicySet,
  type PolicySource,
  type RequestContext,
  resolvedTest,
  type SearchSpace,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { policiesAbove } from '#lib/account/policies-above.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { rcpServices } from '#lib/catalog/actions.ts';
import { requestsFrom } from '#lib/plan/requests-from.ts';
import { type Asker, contextOf, covers, sessionNameOf } from './asker.ts';
import { asksFor, isPlain, isUnconditional } from './statement-reads.ts';
import { ENTRIES, mayTakeTags, type Trust } from './trust.ts';

/** The actions of STS that decide about sessions. */
export const STS_ACTIONS = [
  ...ENTRIES,
  'sts:TagSession',
  'sts:SetSourceIdentity',
  'sts:GetFederationToken',
] as const;

/** One way in which STS lets somebody do something. */
export interface Admission {
  /** What the request must be like; in the keys of the call to STS. */
  readonly literals: readonly Literal[];
  /** Patterns that the resource must be like, and must not be like, where it is not one resource. */
  readonly like: readonly string[];
  readonly notLike: readonly string[];
  /** What a request may say; absent: none was found. */
  readonly example?: RequestContext;
}

/** Who asks: somebody whom a policy names, and his own policies where he is of this account and they are known. */
export interface Caller {
  readonly asker: Asker;
  readonly principal?: Principal;
  /** The session policies that his session is under. */
  readonly session?: readonly PolicySource[];
  /** What else is known of his requests. */
  readonly known?: RequestContext;
  /** Keys, in lower case, that his requests lack unless they are known. */
  readonly lacks?: (key: string) => boolean;
  /** What his requests can be at all. */
  readonly possible?: readonly Literal[];
  /** Keys, in lower case, that are whatever of some forms. */
  readonly free?: SearchSpace['free'];
}

/** Not one way, but more than can be listed: the widest. */
const anyhow: readonly Admission[] = [{ literals: [], like: [], notLike: [] }];

const everything: PolicySource = {
  name: 'what others may do',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};

/** Decides who may do what with STS in an account. */
export class Admissions {
  readonly #compiler = new PolicyCompiler(STS_ACTIONS, { unreadable: 'keep' });
  readonly #guardrails: Guardrails;
  readonly #sinceThen: readonly Literal[];

  /**
   * @param since a moment as aws:CurrentTime has it: whom a policy lets in until an earlier one is let in no more; absent:
   * dates let in whom they ever did
   */
  constructor(guardrails: Guardrails = {}, since?: RequestContext[string]) {
    this.#guardrails = guardrails;
    this.#sinceThen = requestsFrom(since);
  }

  /**
   * In which ways a role lets a caller do an action of STS on it; none: in no way. The trust policy must allow it;
   * where it names the caller's account only, the caller's own policies must as well, unless they are not known.
   */
  toRole(role: Principal, trust: Trust, caller: Caller, action: string): readonly Admission[] {
    const { asker, principal } = caller;
    // A statement may be about one session of a role only: the caller may be that one, or another.
    const isRole = principal?.kind === 'role' && asker.kind === 'principal' && asker.arn === principal.arn;
    const sessions = isRole ? trust.sessionsOf(principal.arn) : [];
    return [asker, ...sessions].flatMap((one) =>
      this.#admitted(role, trust, { ...caller, asker: one }, action),
    );
  }

  #admitted(role: Principal, trust: Trust, caller: Caller, action: string): readonly Admission[] {
    const { asker, principal, session, known = {}, lacks = () => false, possible, free } = caller;
    const level = trust.levelFor(asker);
    if (level === undefined) return [];
    const own = this.#ownPolicies(principal, asker, role);
    const scps = [...(own.scps ?? []), [level]];
    const set = this.#compile({ ...own, scps, resource: trust.source, ...(session && { session }) });
    if (set instanceof PolicyError) return anyhow;
    const isKnown = isKnownOf(asker, principal);
    return this.#ways(set, action, {
      resource: role.arn,
      known: { ...(principal === undefined ? contextOf(asker) : knownOf(principal, asker)), ...known },
      isKnown: (key) => isKnown(key) || lacks(key.toLowerCase()),
      possible: possible ?? [],
      ...(free && { free }),
    });
  }

  /**
   * Whether a role may assume another, where that takes no more than looking: nothing about it has a condition.
   * Undefined where it is not that simple.
   */
  plainlyAssumes(caller: Principal, role: Principal, trust: Trust): boolean | undefined {
    if (caller.kind !== 'role') return undefined;
    const asker = { kind: 'principal', arn: caller.arn } as const;
    // A session that is named is more, or less, than the role.
    if (trust.sessionsOf(caller.arn).length > 0) return undefined;
    const about = trust.statements.filter((statement) => covers(statement, asker));
    if (about.length === 0) return false;
    if (!about.every(isPlain)) return undefined;
    const entering = about.filter(({ actions }) =>
      actions.some((action) => action.toLowerCase() === 'sts:assumerole'),
    );
    if (entering.length === 0) return false;
    const values = entering.flatMap(({ principals }) => principals?.AWS ?? []);
    // Whom a wildcard names is not limited by his boundary.
    if (values.includes('*')) return undefined;
    const named = values.includes(caller.arn);
    const own = this.policiesOf(caller);
    // Who is named needs no Allow of his own; what denies and what bounds him counts all the same.
    const identity = named ? [...own.identity, everything] : own.identity;
    const set = this.#compile({ ...own, identity });
    if (set instanceof PolicyError || set.unreadable.length > 0 || !isUnconditional(set, 'sts:AssumeRole'))
      return undefined;
    return (
      decide(set, { action: 'sts:AssumeRole', resource: role.arn, context: knownOf(caller) }).decision ===
      'allowed'
    );
  }

  /** In which ways a user may do an action of STS on a federated user. */
  toFederatedUser(user: Principal, action: string, resource: SearchSpace['resource']): readonly Admission[] {
    const own = this.#compile(this.policiesOf(user));
    if (own instanceof PolicyError) return anyhow;
    return this.#ways(own, action, {
      resource,
      known: principalContext(user),
      isKnown: isKnownOf({ kind: 'principal', arn: user.arn }, user),
      possible: [],
    });
  }

  /** The statements by which a principal's own policies may let him assume roles; undefined where that is not plain. */
  assumingStatements(principal: Principal): readonly BoundStatement[] | undefined {
    const own = this.#compile(this.policiesOf(principal));
    if (own instanceof PolicyError || own.unreadable.length > 0) return undefined;
    return own.layers
      .filter(({ layer }) => layer === 'identity')
      .flatMap(({ statements }) => statements)
      .filter(
        ({ compiled }) => compiled.statement.effect === 'Allow' && compiled.matchesAction('sts:AssumeRole'),
      );
  }

  /** What binds a principal when he calls STS, or another service by its prefix. */
  policiesOf(principal: Principal, service = 'sts'): PolicySet {
    const { policies, boundary, guardrails = this.#guardrails } = principal;
    const all: PolicySet = {
      identity: policies,
      ...(boundary === undefined ? {} : { boundary }),
      ...policiesAbove(guardrails, service),
    };
    return bindingPolicies(all, service, {
      rcpServices,
      managementAccount: this.isInManagementAccount(principal),
    });
  }

  /** Whether a principal is of the account that no SCP and no RCP binds. */
  isInManagementAccount({ arn }: Principal): boolean {
    const { managementAccount } = this.#guardrails;
    return managementAccount !== undefined && arnParts(arn).accountId === managementAccount;
  }

  /** What binds a caller; of one of elsewhere nothing is known but the RCPs above the role. */
  #ownPolicies(principal: Principal | undefined, asker: Asker, role: Principal): PolicySet {
    if (principal !== undefined) return this.policiesOf(principal);
    // What stands above the role alone is what is known of its own calls.
    const { guardrails: _, ...plainRole } = role;
    const { scps, rcps } = this.policiesOf(plainRole);
    const { accountId } = arnParts(role.arn);
    const ofAccount = contextValue(contextOf(asker), 'aws:PrincipalAccount') === accountId;
    return {
      identity: [everything],
      ...(ofAccount && scps !== undefined ? { scps } : {}),
      ...(rcps !== undefined && { rcps }),
    };
  }

  #ways(
    set: CompiledSet,
    action: string,
    { possible, ...space }: Omit<SearchSpace, 'possible'> & { readonly possible: readonly Literal[] },
  ): readonly Admission[] {
    return admissionsOf(set, action, { ...space, possible: [[...possible, ...this.inTime(set)]] });
  }

  /** What requests meet that are made from then on, as far as policies ask for it. */
  inTime(set: CompiledSet): readonly Literal[] {
    return this.#sinceThen.filter(({ test }) => asksFor(set, test.key));
  }

  #compile(set: PolicySet): CompiledSet | PolicyError {
    try {
      return this.#compiler.compileSet(set);
    } catch (error) {
      if (error instanceof PolicyError) return error;
      throw error;
    }
  }
}

function admissionsOf(readable: CompiledSet, action: string, space: SearchSpace): readonly Admission[] {
  // What cannot be read may allow the call, as far as it can be about it.
  const set = readable.unreadable.length > 0 ? readable.possible : readable;
  if (!mayHaveAccess(set, [action], space.known)) return [];
  const { cases, complete } = casesOf(set, action, space);
  if (!complete) return anyhow;
  return cases.map((one) => ({
    literals: one.tests.flatMap((literal) => resolved(literal, space.known)),
    like: one.like,
    notLike: one.notLike,
    ...(one.example && { example: one.example.context }),
  }));
}

/** A test with its variables replaced; left out where one of them is not known: the wider reading. */
function resolved({ test, holds }: AccessCase['tests'][number], known: RequestContext): Literal[] {
  const exact = resolvedTest(test, known);
  return exact === undefined ? [] : [{ test: exact, holds }];
}

/** What every session of a principal carries: the name of a role's session, and where tags may be passed, is chosen. */
function knownOf(principal: Principal, asker?: Asker): RequestContext {
  const context = principalContext(principal);
  if (principal.kind === 'user') return context;
  const session = asker && sessionNameOf(asker);
  const takesTags = mayTakeTags(principal);
  const known = Object.entries(context).filter(
    ([key]) => key !== 'aws:userid' && !(takesTags && key.startsWith('aws:PrincipalTag/')),
  );
  return {
    ...Object.fromEntries(known),
    ...(session !== undefined && { 'aws:userid': `${principal.id}:${session}` }),
  };
}

/** Which keys cannot be anything but what is known: IAM knows all of a user, of a role's session not what was chosen. */
function isKnownOf(asker: Asker, principal: Principal | undefined): (key: string) => boolean {
  if (principal?.kind === 'user') return isOfPrincipal;
  if (principal !== undefined) {
    const chosen = mayTakeTags(principal) ? /^aws:(principaltag\/|userid$)/ : /^aws:userid$/;
    return (key) => isOfPrincipal(key) && !chosen.test(key.toLowerCase());
  }
  if (asker.kind === 'service') return (key) => isOfPrincipal(key) && !saysCertificate(asker.name, key);
  return asker.kind === 'federated' ? isOfPrincipal : () => false;
}

/**
 * Whether a key of the principal tells of the certificate with which somebody comes: Roles Anywhere sets tags of its
 * subject, its issuer and its alternative names.
 *
 * Source: IAM Roles Anywhere User Guide, "Trust model", "Trust policy".
 */
const saysCertificate = (service: string, key: string): boolean =>
  service === 'rolesanywhere.amazonaws.com' && /^aws:principaltag\/x509(subject|issuer|san)\//i.test(key);

/** Whether a context key tells who asks. */
export function isOfPrincipal(key: string): boolean {
  return /^aws:(principaltag\/|principalarn$|principalaccount$|principaltype$|userid$|username$)/.test(
    key.toLowerCase(),
  );
}
