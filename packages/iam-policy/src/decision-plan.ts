import type { ActionTable } from './actions.ts';
import type { PrincipalMatch } from './principal.ts';
import type { BoundStatement, CompiledLayer } from './statement.ts';
import type { Decision, Layer, MatchedStatement, RequestContext } from './types.ts';

/** A statement that covers the action, with its place among the layers. */
interface Candidate extends BoundStatement {
  readonly slot: number;
}

/**
 * What a resource-based policy's Allow is worth to the one who asks; `across accounts`: it is needed, whomever of the
 * account it names, and so is every other layer.
 */
type Grant = 'direct' | 'limited' | 'none' | 'across accounts';

/** The most candidates whose combinations fit into the bits of a small integer. */
const MASK_BITS = 30;

/** The statements that bear on one action, and the decisions they can lead to. */
export class DecisionPlan {
  readonly #layers: readonly CompiledLayer[];
  readonly #bounded: boolean;
  readonly #candidates: readonly Candidate[];
  /** The decision, when it depends on neither resource nor context. */
  readonly constant: Decision | undefined;
  /** Without a resource-based policy, the set of statements that apply settles the decision: remembered by it. */
  readonly #byMask: Map<number, Decision> | undefined;
  /** The answer to the last question of those that nothing else remembers: many actions are asked about one after another. */
  #last:
    | { readonly resource: string; readonly context: RequestContext; readonly decision: Decision }
    | undefined;

  constructor(layers: readonly CompiledLayer[], bounded: boolean, candidates: readonly Candidate[]) {
    this.#layers = layers;
    this.#bounded = bounded;
    this.#candidates = candidates;
    const principalMatters = candidates.some(({ compiled }) => compiled.statement.principals !== undefined);
    const constant =
      !principalMatters &&
      candidates.every(
        ({ compiled }) => compiled.everyResource && compiled.statement.conditions.length === 0,
      );
    this.constant = constant ? conclude(layers, candidates, 'none') : undefined;
    this.#byMask = !principalMatters && candidates.length <= MASK_BITS ? new Map() : undefined;
  }

  decide(resource: string, context: RequestContext): Decision {
    if (this.constant !== undefined) return this.constant;
    if (this.#byMask === undefined) {
      const last = this.#last;
      if (last?.resource === resource && last.context === context) return last.decision;
      const decision = this.#decideWithPrincipal(resource, context);
      this.#last = { resource, context, decision };
      return decision;
    }
    const candidates = this.#candidates;
    let mask = 0;
    for (let index = 0; index < candidates.length; index += 1) {
      const compiled = candidates[index]?.compiled;
      if (compiled?.matchesResource(resource, context) && compiled.matchesConditions(context))
        mask |= 1 << index;
    }
    let decision = this.#byMask.get(mask);
    if (decision === undefined) {
      decision = conclude(
        this.#layers,
        candidates.filter((_, index) => (mask & (1 << index)) !== 0),
        'none',
      );
      this.#byMask.set(mask, decision);
    }
    return decision;
  }

  #decideWithPrincipal(resource: string, context: RequestContext): Decision {
    const applying: Candidate[] = [];
    let grant: Grant = 'none';
    for (const candidate of this.#candidates) {
      const principal = this.#principalOf(candidate, resource, context);
      if (principal === 'none') continue;
      applying.push(candidate);
      const { layer, statement } = candidate.matched;
      if (layer !== 'resource' || statement.effect === 'Deny' || principal === 'account') continue;
      if (grant !== 'direct') grant = principal;
    }
    return conclude(this.#layers, applying, grant);
  }

  /** How the statement covers the one who asks, if it applies at all. */
  #principalOf({ compiled }: Candidate, resource: string, context: RequestContext): PrincipalMatch {
    const principal = compiled.matchesPrincipal(context, this.#bounded);
    if (principal === 'none' || !compiled.matchesResource(resource, context)) return 'none';
    return compiled.matchesConditions(context) ? principal : 'none';
  }

  /** The decision on a resource of another account, whose RCPs are not in the set. */
  decideAcrossAccounts(resource: string, context: RequestContext): Decision {
    const applying = this.#candidates.filter(
      (candidate) =>
        candidate.matched.layer !== 'rcp' && this.#principalOf(candidate, resource, context) !== 'none',
    );
    return conclude(this.#layers, applying, 'across accounts');
  }
}

/**
 * Combines the statements that apply. An explicit deny anywhere wins. Else every SCP level must allow, and so must the
 * policy of a VPC endpoint for what comes through it; then either the resource-based policy grants directly, or it or the identity-based policies allow and so do the boundary and
 * the session policies. Across accounts, all of them must allow. RCPs only ever deny: AWS attaches RCPFullAWSAccess
 * everywhere.
 *
 * Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Cross-account
 * policy evaluation logic".
 */
function conclude(layers: readonly CompiledLayer[], applying: readonly Candidate[], grant: Grant): Decision {
  const denies = applying.filter(({ matched }) => matched.statement.effect === 'Deny');
  const allows = applying.filter(({ matched }) => matched.statement.effect === 'Allow');
  // What does not come through an endpoint is not allowed by the endpoint's policy.
  const outside = new Set(allows.flatMap(({ implied, slot }) => (implied ? [slot] : [])));
  const matched: MatchedStatement[] = [...denies, ...allows.filter(({ slot }) => !outside.has(slot))].map(
    (candidate) => candidate.matched,
  );
  const [firstDeny] = denies;
  if (firstDeny !== undefined) {
    return { decision: 'explicitDeny', blockedBy: firstDeny.matched.layer, matched };
  }
  const allowing = new Set(allows.map(({ slot }) => slot));
  const blocking = layers.find(({ layer }, slot) => demandsAllow(layer, grant) && !allowing.has(slot));
  const lacksResourcePolicy =
    grant === 'across accounts' &&
    blocking?.layer !== 'scp' &&
    !layers.some(({ layer }) => layer === 'resource');
  const blockedBy = lacksResourcePolicy ? 'resource' : blocking?.layer;
  return blockedBy === undefined
    ? { decision: 'allowed', matched }
    : { decision: 'implicitDeny', blockedBy, matched };
}

function demandsAllow(layer: Layer, grant: Grant): boolean {
  switch (layer) {
    case 'rcp':
      return false;
    case 'resource':
      return grant === 'across accounts';
    case 'scp':
    case 'endpoint':
      return true;
    case 'identity':
      return grant === 'none' || grant === 'across accounts';
    case 'boundary':
    case 'session':
      return grant !== 'direct';
  }
}

/** The plans of one policy set, made when an action is first asked about; actions covered alike share one. */
export class DecisionPlans {
  readonly #layers: readonly CompiledLayer[];
  readonly #bounded: boolean;
  readonly #table: ActionTable;
  readonly #byIndex: (DecisionPlan | undefined)[];
  readonly #byCandidates = new Map<string, DecisionPlan>();
  #candidates: readonly Candidate[] | undefined;

  constructor(layers: readonly CompiledLayer[], bounded: boolean, table: ActionTable) {
    this.#layers = layers;
    this.#bounded = bounded;
    this.#table = table;
    this.#byIndex = new Array(table.actions.length);
  }

  for(action: string): DecisionPlan {
    const index = this.#table.indexOf(action);
    if (index === undefined) return this.#create((candidate) => candidate.compiled.matchesAction(action));
    let plan = this.#byIndex[index];
    if (plan === undefined) {
      plan = this.#create((candidate) => candidate.compiled.matchesActionAt(index));
      this.#byIndex[index] = plan;
    }
    return plan;
  }

  #create(covers: (candidate: Candidate) => boolean): DecisionPlan {
    this.#candidates ??= this.#layers.flatMap(({ statements }, slot) =>
      statements.map((statement) => ({ ...statement, slot })),
    );
    const candidates: Candidate[] = [];
    let key = '';
    for (const [number, candidate] of this.#candidates.entries()) {
      if (!covers(candidate)) continue;
      candidates.push(candidate);
      key += `${number},`;
    }
    let plan = this.#byCandidates.get(key);
    if (plan === undefined) {
      plan = new DecisionPlan(this.#layers, this.#bounded, candidates);
      this.#byCandidates.set(key, plan);
    }
    return plan;
  }
}
