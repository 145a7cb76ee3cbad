import {
  type CompiledSet,
  casesOf,
  decide,
  type MatchedStatement,
  mayHaveAccess,
  PolicyCompiler,
  PolicyError,
  type PolicySet,
  type PolicySource,
  type RequestContext,
  type SearchSpace,
  type TextPattern,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { type Escalation, escalationActions, escalations, type Needed, PASS_ROLE } from './escalations.ts';
import type { Reach } from './reach.ts';

/** One step by which a principal comes to more than its policies say. */
export interface Step {
  readonly escalation: Escalation;
  /** The actions that it takes, each with what it is done to. */
  readonly actions: readonly { readonly action: string; readonly resource: string }[];
  readonly by: readonly MatchedStatement[];
  readonly target?: Principal;
}

/** What a principal can come to act as, by some steps. */
export interface Indirect {
  readonly steps: readonly Step[];
  /** With the policies and the boundary that decide then. */
  readonly as: Principal;
}

const everything: PolicySource = {
  name: 'whatever it writes',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
/** One list, so that work about it is shared. */
const anyPolicies: readonly PolicySource[] = [everything];

const anyText: TextPattern = [{ chars: { not: '' }, repeat: true }];

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = /iam:|NotAction|\\u|"[*?]|"i[*?am]*[*?]/i;

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #admissions: Admissions;
  readonly #reach: Reach;
  readonly #targets: readonly Principal[];
  readonly #moment: RequestContext;
  readonly #compiler = new PolicyCompiler(escalationActions);

  /**
   * @param targets the principals that are worth getting at, those that can do the worst first
   * @param now no session began before its policies were read, and time does not go back
   */
  constructor(admissions: Admissions, reach: Reach, targets: readonly Principal[], now: Date) {
    const time = now.toISOString();
    this.#moment = {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    };
    this.#admissions = admissions;
    this.#reach = reach;
    this.#targets = targets;
  }

  /** Whether a principal may come to anything at all, cheaply. */
  static mayEscalate({ policies, serviceLinked }: Principal): boolean {
    return !serviceLinked && policies.some(({ text }) => MAY_ESCALATE.test(text));
  }

  /** What a principal can come to act as: itself with more, others, new ones. The shortest way to each. */
  of(principal: Principal): readonly Indirect[] {
    const self = this.#grown(principal);
    const found: Indirect[] = self.steps.length > 0 ? [self] : [];
    const set = this.#compile(self.as);
    if (set === undefined) return found;
    for (const escalation of escalations) {
      if (!isFor(escalation, principal)) continue;
      if (escalation.leads === 'self' || escalation.leads === 'unbounded') continue;
      if (!escalation.needs.every(({ actions }) => mayHaveAccess(set, actions, {}))) continue;
      if (escalation.leads === 'new-principal') {
        const step = this.#step(escalation, self.as, set, undefined);
        if (step !== undefined) found.push({ steps: [...self.steps, step], as: newPrincipal(principal) });
        continue;
      }
      for (const target of this.#targets) {
        if (target.arn === principal.arn || !this.#fits(escalation, target, self.as)) continue;
        const step = this.#step(escalation, self.as, set, target);
        if (step === undefined) continue;
        const as = escalation.leads === 'role-with-anything' ? { ...target, policies: anyPolicies } : target;
        found.push({ steps: [...self.steps, step], as });
        // The targets come worst first: another one adds nothing to what the row leads to.
        break;
      }
    }
    return found;
  }

  /** The principal with all that it can give itself, to a fixed point: policies first, then its boundary. */
  #grown(principal: Principal): Indirect {
    let as = principal;
    const steps: Step[] = [];
    for (let grew = true; grew; ) {
      grew = false;
      const set = this.#compile(as);
      if (set === undefined) break;
      for (const escalation of escalations) {
        if (!isFor(escalation, principal)) continue;
        const lifts = escalation.leads === 'unbounded' && as.boundary !== undefined;
        const writes = escalation.leads === 'self' && !as.policies.includes(everything);
        if (!lifts && !writes) continue;
        const step = this.#step(escalation, as, set, undefined);
        if (step === undefined) continue;
        steps.push(step);
        const { boundary: _, ...unbounded } = as;
        as = lifts ? unbounded : { ...as, policies: [...as.policies, everything] };
        grew = true;
        break;
      }
    }
    return { steps, as };
  }

  #fits({ leads, service, assumes }: Escalation, target: Principal, caller: Principal): boolean {
    const isRole = target.kind === 'role';
    if (leads === 'user') return !isRole;
    if (!isRole || target.serviceLinked) return false;
    if (leads === 'service')
      return this.#reach
        .waysInto(target)
        .some(({ kind, who }) =>
          service === 'cognito-identity.amazonaws.com'
            ? kind === 'guests' || (kind === 'federated' && who === service)
            : kind === 'service' && who === service,
        );
    if (target.path.startsWith('/aws-reserved/')) return false;
    return assumes !== true || this.#reach.mayAssume(caller, target);
  }

  #step(
    escalation: Escalation,
    caller: Principal,
    set: CompiledSet,
    target: Principal | undefined,
  ): Step | undefined {
    const actions: { action: string; resource: string }[] = [];
    const by: MatchedStatement[] = [];
    for (const needed of escalation.needs) {
      const found = this.#allowed(needed, escalation, caller, set, target);
      if (found === undefined) return undefined;
      actions.push({ action: found.action, resource: found.resource });
      by.push(...found.by);
    }
    return {
      escalation,
      actions,
      by: [...new Map(by.map((one) => [`${one.policy.name} ${one.statement.index}`, one])).values()],
      ...(target && { target }),
    };
  }

  /** A request of one of the actions that the policies let through. */
  #allowed(
    { actions, on }: Needed,
    { service }: Escalation,
    caller: Principal,
    set: CompiledSet,
    target: Principal | undefined,
  ) {
    const known: RequestContext = {
      ...this.#moment,
      ...principalContext(caller),
      ...(service !== undefined && { 'iam:PassedToService': service }),
    };
    for (const action of actions) {
      if (!mayHaveAccess(set, [action], {})) continue;
      const contexts = /^iam:Attach/.test(action)
        ? grantingPolicies.map((arn) => ({ ...known, 'iam:PolicyARN': arn }))
        : [known];
      for (const resource of resourcesOf(on, caller, target)) {
        for (const context of contexts) {
          if (typeof resource === 'string' && isPlain(set, action)) {
            const decision = decide(set, { action, resource, context });
            if (decision.decision !== 'allowed') continue;
            return { action, resource, by: allowsIn(decision.matched) };
          }
          const { cases, complete } = casesOf(set, action, {
            resource,
            known: context,
            // A boundary is only passed by whoever wants one.
            isKnown: (key) => isOfPrincipal(key) || key.toLowerCase() === 'iam:permissionsboundary',
          });
          const example = cases[0]?.example;
          if (complete && cases.length === 0) continue;
          const matched =
            example === undefined
              ? []
              : decide(set, {
                  action,
                  resource: example.resource,
                  context: { ...example.context, ...context },
                }).matched;
          const named = typeof resource === 'string' ? resource : '*';
          return {
            action,
            resource: action === PASS_ROLE && target !== undefined ? target.arn : named,
            by: matched.filter(
              ({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow',
            ),
          };
        }
      }
    }
    return undefined;
  }

  #compile(principal: Principal): CompiledSet | undefined {
    const set: PolicySet = this.#admissions.policiesOf(principal);
    try {
      return this.#compiler.compileSet(set);
    } catch (error) {
      if (error instanceof PolicyError) return undefined;
      throw error;
    }
  }
}

/** Whether no statement about an action has a condition. */
function isPlain({ layers }: CompiledSet, action: string): boolean {
  return layers.every(({ statements }) =>
    statements.every(
      ({ compiled }) => compiled.statement.conditions.length === 0 || !compiled.matchesAction(action),
    ),
  );
}

function allowsIn(matched: readonly MatchedStatement[]): MatchedStatement[] {
  return matched.filter(({ layer, statement }) => layer === 'identity' && statement.effect === 'Allow');
}

/** Policies of AWS's that are always there to be attached. */
const grantingPolicies = [
  'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
  'arn:aws:iam::aws:policy/AdministratorAccess',
];

function isFor(escalation: Escalation, { kind }: Principal): boolean {
  return escalation.for === 'both' || escalation.for === kind;
}

function resourcesOf(
  on: Needed['on'],
  caller: Principal,
  target: Principal | undefined,
): readonly SearchSpace['resource'][] {
  const customerPolicies = (principal: Principal | undefined) =>
    (principal?.policies ?? []).flatMap(({ type, arn }) =>
      type === 'customer-managed' && arn !== undefined ? [arn] : [],
    );
  switch (on) {
    case 'self':
      return [caller.arn];
    case 'own-policy':
      return customerPolicies(caller);
    case 'own-group':
      return caller.groups.map((name) => caller.arn.replace(/:user\/.*$/, `:group/${name}`));
    case 'target':
      return target === undefined ? [] : [target.arn];
    case 'target-policy':
      return customerPolicies(target);
    case 'anything':
      return [[{ pattern: anyText, hints: [] }]];
  }
}

function isOfPrincipal(key: string): boolean {
  return /^aws:(principaltag\/|principalarn$|principalaccount$|principaltype$|userid$|username$)/.test(
    key.toLowerCase(),
  );
}

/** A role that a principal makes for itself. */
function newPrincipal({ arn }: Principal): Principal {
  const { partition, accountId } = arnParts(arn);
  return {
    kind: 'role',
    name: 'of-its-own-making',
    path: '/',
    arn: `arn:${partition}:iam::${accountId}:role/of-its-own-making`,
    id: 'AROAOFITSOWNMAKING000',
    tags: {},
    groups: [],
    policies: anyPolicies,
    unreadable: [],
    serviceLinked: false,
  };
}
